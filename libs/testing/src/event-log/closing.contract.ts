import type { EventLog } from '#event-log';
import { appendAtHead } from '../append-at-head.js';
import { newEvent, newEvents } from '../new-event.js';
import { eventsOf, ids, isCaughtUp, type LogParts, take } from './parts.js';

/** Closing, and opening again. */
export function closingContract({ current, readAll, itWith, reopen }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('closing', () => {
    it('waits for the appends that are under way', async () => {
      const appending = Promise.all(Array.from({ length: 50 }, (_, n) => log.append(`s-${n}`, 'none', [newEvent()])));
      await log.close();
      await expect(appending).resolves.toHaveLength(50);
    });

    it('may be done twice', async () => {
      await log.close();
      await expect(log.close()).resolves.toBeUndefined();
    });

    it('rejects appends afterwards', async () => {
      await log.close();
      await expect(log.append('s-1', 'none', [newEvent()])).rejects.toMatchObject({ name: 'EventLogUnavailable' });
    });

    itWith('reopen', 'a log that keeps has everything when it is opened again, and continues after it', async () => {
      const first = await log.append('s-1', 'none', newEvents(3));
      const { position } = await log.append('s-2', 'none', newEvents(2));
      const before = await readAll();
      log = await reopen();
      expect(await readAll()).toEqual(before);
      expect(await log.head()).toBe(position);
      const next = await log.append('s-1', first, [newEvent()]);
      expect(next.revision).toBe(3);
      expect(next.position > position).toBe(true);
    });

    itWith('reopen', 'a log that keeps knows repetitions and wrong revisions when it is opened again', async () => {
      const events = newEvents(3);
      const first = await log.append('s-1', 'none', events);
      log = await reopen();
      await expect(log.append('s-1', 'none', events)).resolves.toEqual(first);
      await expect(log.append('s-1', 'none', newEvents(3))).rejects.toMatchObject({ actual: 2 });
    });

    itWith('reopen', 'a subscription to a log that keeps continues from its checkpoint when it is opened again', async () => {
      await log.append('s-1', 'none', newEvents(3));
      const { head } = (await take(log, {}, isCaughtUp)).at(-1)!;
      log = await reopen();
      const event = newEvent();
      await appendAtHead(log, 's-1', [event]);
      expect(ids(eventsOf(await take(log, { after: head }, isCaughtUp)))).toEqual([event.id]);
    });
  });
}
