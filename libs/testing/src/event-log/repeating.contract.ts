import {
  type AppendResult,
  type EventLog,
  type ExpectedRevision,
  IdempotencyConflict,
  type NewEvent,
  WrongExpectedRevision,
} from '#event-log';
import { newEvent, newEvents } from '../new-event.js';
import { ids, type LogParts } from './parts.js';

/** What is appended again. */
export function repeatingContract({ current, readStream, itWith }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('a command that may be repeated', () => {
    const of = (commandId: string) => newEvent({ commandId, commandHash: 'a'.repeat(64) });

    itWith(
      'oneStreamPerCommand',
      'belongs to one stream: its events are rejected in another, old or new, and nothing of the append is kept',
      async () => {
        await log.append('s-1', 'none', [of('c-1'), of('c-1')]);
        const other = await log.append('s-2', 'none', [newEvent()]);
        for (const append of [log.append('s-2', other, [newEvent(), of('c-1')]), log.append('s-3', 'none', [of('c-2'), of('c-1')])]) {
          await expect(append).rejects.toThrow(IdempotencyConflict);
          await expect(append).rejects.toMatchObject({ commandId: 'c-1' });
        }
        expect(await readStream('s-2')).toHaveLength(1);
        expect(await readStream('s-3')).toEqual([]);
        await expect(log.append('s-3', 'none', [of('c-2')])).resolves.toMatchObject({ revision: 0 });
      },
    );

    it('may append to its own stream again', async () => {
      const first = await log.append('s-1', 'none', [of('c-1')]);
      await expect(log.append('s-1', first, [of('c-1')])).resolves.toMatchObject({ revision: 1 });
    });

    itWith('oneStreamPerCommand', 'is rejected in one of two streams when it comes to both at once', async () => {
      const results = await Promise.allSettled(['s-1', 's-2'].map((stream) => log.append(stream, 'none', [of('c-1')])));
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    });

    it('holds nobody up whose append was rejected', async () => {
      await log.append('s-1', 'none', [newEvent()]);
      await expect(log.append('s-1', 'none', [of('c-1')])).rejects.toThrow(WrongExpectedRevision);
      await expect(log.append('s-2', 'none', [of('c-1')])).resolves.toMatchObject({ revision: 0 });
    });

    it('is not one without a fingerprint', async () => {
      await log.append('s-1', 'none', [newEvent({ commandId: 'c-1' })]);
      await expect(log.append('s-2', 'none', [newEvent({ commandId: 'c-1' })])).resolves.toMatchObject({ revision: 0 });
    });
  });

  describe('the same append again', () => {
    const again = async (expected: ExpectedRevision, events: NewEvent[], first: AppendResult) => {
      await expect(log.append('s-1', expected, events)).resolves.toEqual(first);
    };

    it('is answered as the first time where the stream was made', async () => {
      const events = newEvents(2);
      await again('none', events, await log.append('s-1', 'none', events));
      expect(ids(await readStream('s-1'))).toEqual(ids(events));
    });

    it('is answered as the first time after an event', async () => {
      const before = await log.append('s-1', 'none', newEvents(2));
      const events = newEvents(2);
      await again(before, events, await log.append('s-1', before, events));
      expect(await readStream('s-1')).toHaveLength(4);
    });

    it('is answered as the first time when the stream has gone on since', async () => {
      const events = newEvents(2);
      const first = await log.append('s-1', 'none', events);
      await log.append('s-1', first, newEvents(5));
      await again('none', events, first);
      expect(await readStream('s-1')).toHaveLength(7);
    });

    it('is another one with the same ids and another content, and is rejected', async () => {
      const events = newEvents(2);
      const first = await log.append('s-1', 'none', events);
      const changed = [events[0]!, { ...events[1]!, data: { changed: true } }];
      await expect(log.append('s-1', 'none', changed)).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: 1 });
      await again('none', events, first);
    });

    it('is another one after an event of another hash, and is rejected', async () => {
      const before = await log.append('s-1', 'none', newEvents(2));
      const events = newEvents(1);
      await log.append('s-1', before, events);
      await expect(log.append('s-1', { ...before, hash: 'a'.repeat(64) }, events)).rejects.toThrow(WrongExpectedRevision);
    });

    it('is answered as the first time however often it comes at once', async () => {
      const events = newEvents(3);
      const results = await Promise.all(Array.from({ length: 10 }, () => log.append('s-1', 'none', events)));
      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
      expect(await readStream('s-1')).toHaveLength(3);
    });

    it('is rejected at another place', async () => {
      const events = newEvents(1);
      await log.append('s-1', 'none', [newEvent(), ...events]);
      await expect(log.append('s-1', 'none', events)).rejects.toThrow(WrongExpectedRevision);
    });

    it('is rejected in another order', async () => {
      const [one, two] = newEvents(2);
      await log.append('s-1', 'none', [one!, two!]);
      await expect(log.append('s-1', 'none', [two!, one!])).rejects.toThrow(WrongExpectedRevision);
    });

    it('is rejected when only its beginning was there', async () => {
      const [one, two] = newEvents(2);
      await log.append('s-1', 'none', [one!]);
      await expect(log.append('s-1', 'none', [one!, two!])).rejects.toThrow(WrongExpectedRevision);
      expect(ids(await readStream('s-1'))).toEqual([one!.id]);
    });

    it('of the first events only is answered with the place of these', async () => {
      const [one, two, three] = newEvents(3);
      await log.append('s-1', 'none', [one!, two!, three!]);
      await expect(log.append('s-1', 'none', [one!, two!])).resolves.toMatchObject({ revision: 1 });
    });
  });
}
