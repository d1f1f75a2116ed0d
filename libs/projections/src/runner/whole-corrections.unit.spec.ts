import { expect, it } from '@jest/globals';
import type { DomainEvent, SubscriptionItem } from '#event-log';
import { collect } from '#testing';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { newEvent } from '#testing/new-event.js';
import { withWholeCorrections } from './whole-corrections.js';

it('wherever the log is cut into batches, a retraction comes together with what takes its place, and each event once', async () => {
  const log = memoryLog();
  const [wrong, right] = [newEvent(), newEvent()];
  const retraction = (replacedBy: string) =>
    newEvent({ type: 'event-retracted', data: { eventId: wrong.id, reason: 'wrong', replacedBy } });
  await appendAtHead(log, 'relationship-a', [wrong]);
  await appendAtHead(log, 'relationship-a', [retraction(right.id), right]);
  await appendAtHead(log, 'relationship-b', [newEvent(), retraction('nobody')]);
  const events: DomainEvent[] = await collect(log.readAll());
  for (let size = 1; size <= events.length; size++) {
    async function* cut(): AsyncIterable<SubscriptionItem> {
      for (let at = 0; at < events.length; at += size) {
        const some = events.slice(at, at + size);
        yield { kind: 'batch', events: some, head: some.at(-1)!.position };
      }
      yield { kind: 'caughtUp', head: events.at(-1)!.position };
    }
    const batches: DomainEvent[][] = [];
    for await (const item of withWholeCorrections(log, cut())) if (item.kind === 'batch') batches.push([...item.events]);
    expect(batches.flat()).toEqual(events);
    expect(batches.filter((batch) => batch.at(-1)?.id === events[1]!.id)).toEqual([]);
  }
});
