import type { DomainEvent, EventLog, SubscriptionItem } from '#event-log';
import type { EventRetracted } from '#relationship/read-side.js';
import { isHalf } from '../counting.js';

/** No batch ends with a retraction whose replacement, recorded right behind it, is in the next one. */
export async function* withWholeCorrections(
  log: Pick<EventLog, 'readStream'>,
  items: AsyncIterable<SubscriptionItem>,
): AsyncIterable<SubscriptionItem> {
  let taken: DomainEvent | undefined;
  for await (const item of items) {
    if (item.kind !== 'batch') {
      yield item;
      continue;
    }
    const events = taken ? item.events.filter(({ position }) => position > taken!.position) : item.events;
    taken = await replacementOf(log, events.at(-1));
    yield taken ? { ...item, events: [...events, taken], head: taken.position } : { ...item, events };
  }
}

async function replacementOf(log: Pick<EventLog, 'readStream'>, last: DomainEvent | undefined): Promise<DomainEvent | undefined> {
  if (last === undefined || !isHalf(last)) return undefined;
  const next = last.revision + 1;
  for await (const [event] of log.readStream(last.stream, { from: next, to: next }))
    if (event?.id === (last as DomainEvent & EventRetracted).data.replacedBy) return event;
  return undefined;
}
