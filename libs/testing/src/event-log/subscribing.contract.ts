import { type DomainEvent, type EventLog, ORIGIN, type Position, type SubscriptionItem } from '#event-log';
import { appendAtHead, appendInSlices } from '../append-at-head.js';
import { newEvent, newEvents } from '../new-event.js';
import { atLeast, eventsOf, ids, isCaughtUp, type LogParts, revisions, take } from './parts.js';

/** History, then what comes. */
export function subscribingContract({ current, readStream, readAll }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('subscribing', () => {
    it('to an empty log has caught up at once', async () => {
      expect(await take(log, {}, isCaughtUp)).toEqual([{ kind: 'caughtUp', head: ORIGIN }]);
    });

    it('gives what is there, then says once that it has caught up, then what comes', async () => {
      const [before, after] = [newEvents(3), newEvents(3)];
      await log.append('s-1', 'none', before);
      const items: SubscriptionItem[] = [];
      for await (const item of log.subscribe()) {
        items.push(item);
        const seen = eventsOf(items).length;
        if (seen === 6) break;
        // Each is waited for before the next, so that it comes live and by itself.
        if (isCaughtUp(items)) await appendAtHead(log, 's-1', after.slice(seen - 3, seen - 2));
      }
      expect(ids(eventsOf(items))).toEqual(ids([...before, ...after]));
      const caughtUp = items.findIndex(({ kind }) => kind === 'caughtUp');
      expect(ids(eventsOf(items.slice(0, caughtUp)))).toEqual(ids(before));
      expect(items.filter(({ kind }) => kind === 'caughtUp')).toHaveLength(1);
    });

    it('gives live events after having caught up', async () => {
      const kinds: string[] = [];
      for await (const item of log.subscribe()) {
        kinds.push(item.kind);
        if (item.kind === 'caughtUp') void log.append('s-1', 'none', [newEvent()]);
        else break;
      }
      expect(kinds).toEqual(['caughtUp', 'batch']);
    });

    it('starts after a position', async () => {
      await log.append('s-1', 'none', newEvents(3));
      const [, second] = await readStream('s-1');
      expect(revisions(eventsOf(await take(log, { after: second!.position }, isCaughtUp)))).toEqual([2]);
    });

    it('continues from the head of any item without losing or repeating an event', async () => {
      const events = newEvents(1_800);
      await appendInSlices(log, 's-1', events);
      const seen: string[] = [];
      let after: Position = ORIGIN;
      while (seen.length < events.length) {
        const [item] = await take(log, { after }, (items) => items.length === 1);
        seen.push(...ids(eventsOf([item!])));
        after = item!.head;
      }
      expect(seen).toEqual(ids(events));
    });

    it('the head of a batch is never before its last event', async () => {
      await appendInSlices(log, 's-1', newEvents(1_200));
      for (const item of await take(log, {}, isCaughtUp)) {
        if (item.kind === 'batch' && item.events.length > 0) expect(item.head >= item.events.at(-1)!.position).toBe(true);
      }
    });

    it('of some types and streams gives these only', async () => {
      await log.append('relationship-1', 'none', [newEvent({ type: 'registered' }), newEvent({ type: 'contacted' })]);
      await log.append('campaign-1', 'none', [newEvent({ type: 'registered' })]);
      const items = await take(log, { types: ['registered'], streamPrefix: 'relationship-' }, isCaughtUp);
      expect(eventsOf(items).map(({ stream, type }) => `${stream} ${type}`)).toEqual(['relationship-1 registered']);
    });

    it('of events only gives those that are there and those that come, among others', async () => {
      const [first, second] = [newEvent({ type: 'registered' }), newEvent({ type: 'registered' })];
      const noise = () => log.append(`noise-${Math.random()}`, 'none', newEvents(3, { type: 'noise' }));
      await noise();
      const { revision, hash } = await log.append('relationship-1', 'none', [first]);
      const events: DomainEvent[] = [];
      for await (const item of log.subscribe({ types: ['registered'], streamPrefix: 'relationship-', eventsOnly: true })) {
        if (item.kind === 'batch') events.push(...item.events);
        else {
          await noise();
          await log.append('relationship-1', { revision, hash }, [second]);
        }
        if (events.length === 2) break;
      }
      expect(ids(events)).toEqual([first.id, second.id]);
    });

    it('moves its head past events that the filter leaves out', async () => {
      await appendInSlices(log, 's-1', newEvents(3_000, { type: 'noise' }));
      const items = await take(log, { types: ['registered'] }, isCaughtUp);
      expect(eventsOf(items)).toEqual([]);
      expect(items.at(-1)!.head).toBe(await log.head());
    });

    it('moves its head past live events that the filter leaves out', async () => {
      let position: Position | undefined;
      for await (const item of log.subscribe({ types: ['registered'] })) {
        if (item.kind === 'caughtUp') ({ position } = await log.append('s-1', 'none', [newEvent({ type: 'noise' })]));
        else if (position && item.head >= position) break;
      }
      expect(position).toBeDefined();
    });

    it('ends when its signal fires while it waits', async () => {
      const stop = new AbortController();
      const ended = (async () => {
        for await (const item of log.subscribe({ signal: stop.signal })) if (item.kind === 'caughtUp') setTimeout(() => stop.abort(), 10);
      })();
      await expect(ended).resolves.toBeUndefined();
    });

    it('ends when its signal fires in the middle of history', async () => {
      await appendInSlices(log, 's-1', newEvents(2_500));
      const stop = new AbortController();
      let batches = 0;
      for await (const item of log.subscribe({ signal: stop.signal })) {
        if (item.kind === 'batch') batches++;
        stop.abort();
      }
      expect(batches).toBe(1);
    });

    it('gives nothing when its signal has fired before', async () => {
      const items: SubscriptionItem[] = [];
      for await (const item of log.subscribe({ signal: AbortSignal.abort() })) items.push(item);
      expect(items).toEqual([]);
    });

    it('ends when the log is closed', async () => {
      const ended = (async () => {
        for await (const item of log.subscribe()) if (item.kind === 'caughtUp') setTimeout(() => log.close(), 10);
      })();
      await expect(ended).resolves.toBeUndefined();
    });

    it('waits for a subscriber that takes its time, and loses nothing', async () => {
      const events = newEvents(1_500);
      const seen: string[] = [];
      let taking = false;
      const subscriber = (async () => {
        for await (const item of log.subscribe()) {
          expect(taking).toBe(false);
          taking = true;
          await new Promise((resolve) => setTimeout(resolve, 3));
          taking = false;
          seen.push(...ids(eventsOf([item])));
          if (seen.length === events.length) break;
        }
      })();
      for (let at = 0; at < events.length; at += 100) await appendAtHead(log, 's-1', events.slice(at, at + 100));
      await subscriber;
      expect(seen).toEqual(ids(events));
    });

    it('a slow subscriber does not hold up another', async () => {
      const slow = log.subscribe()[Symbol.asyncIterator]();
      await slow.next();
      await log.append('s-1', 'none', newEvents(5));
      expect(eventsOf(await take(log, {}, atLeast(5)))).toHaveLength(5);
      await slow.return?.();
    });

    it('two subscribers see the same events in the same order', async () => {
      const both = Promise.all([take(log, {}, atLeast(200)), take(log, {}, atLeast(200))]);
      await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(`s-${n}`, 'none', newEvents(2))));
      const [one, two] = await both;
      expect(ids(eventsOf(one))).toEqual(ids(eventsOf(two)));
    });

    it('sees concurrent appends in the global order, each once', async () => {
      const taking = take(log, {}, atLeast(600));
      await Promise.all(
        Array.from({ length: 30 }, async (_, writer) => {
          for (let n = 0; n < 10; n++) await appendAtHead(log, `s-${writer % 7}`, newEvents(2));
        }),
      );
      expect(ids(eventsOf(await taking))).toEqual(ids(await readAll()));
    });

    it('wakes a subscriber that has waited for a while', async () => {
      const event = newEvent();
      for await (const item of log.subscribe()) {
        if (item.kind === 'batch') {
          expect(ids(item.events)).toEqual([event.id]);
          return;
        }
        setTimeout(() => void log.append('s-1', 'none', [event]), 30);
      }
      throw new Error('the subscription ended');
    });
  });
}
