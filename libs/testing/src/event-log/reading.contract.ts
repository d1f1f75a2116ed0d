import { type DomainEvent, type EventLog, type NewEvent, ORIGIN, type Position } from '#event-log';
import { appendAtHead, appendInSlices } from '../append-at-head.js';
import { collect } from '../collect.js';
import { newEvent, newEvents } from '../new-event.js';
import { ids, type LogParts, revisions } from './parts.js';

/** Streams, and the global order. */
export function readingContract({ current, readStream, readAll, itWith, open }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('reading a stream', () => {
    let events: NewEvent[];
    beforeEach(async () => {
      events = newEvents(10);
      for (const [stream, some] of [
        ['other', newEvents(3)],
        ['s-1', events.slice(0, 4)],
        ['other', newEvents(3)],
        ['s-1', events.slice(4)],
      ] as const)
        await appendAtHead(log, stream, some);
    });

    it('answers the events of that stream alone, in order', async () => {
      expect(ids(await readStream('s-1'))).toEqual(ids(events));
    });

    it('answers nothing for a stream that does not exist', async () => {
      expect(await readStream('nobody')).toEqual([]);
    });

    it('answers nothing for a stream whose name only begins alike', async () => {
      expect(await readStream('s-')).toEqual([]);
    });

    it('from a revision, inclusive', async () => {
      expect(revisions(await readStream('s-1', { from: 7 }))).toEqual([7, 8, 9]);
    });

    it('to a revision, inclusive', async () => {
      expect(revisions(await readStream('s-1', { to: 2 }))).toEqual([0, 1, 2]);
    });

    it('between two revisions', async () => {
      expect(revisions(await readStream('s-1', { from: 3, to: 5 }))).toEqual([3, 4, 5]);
    });

    it('from beyond the end answers nothing', async () => {
      expect(await readStream('s-1', { from: 10 })).toEqual([]);
    });

    it('backwards from the end', async () => {
      expect(revisions(await readStream('s-1', { direction: 'backwards' }))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    });

    it('backwards from a revision to a lower one', async () => {
      expect(revisions(await readStream('s-1', { direction: 'backwards', from: 6, to: 4 }))).toEqual([6, 5, 4]);
    });

    it('backwards from beyond the end begins at the end', async () => {
      expect(revisions(await readStream('s-1', { direction: 'backwards', from: 99, to: 8 }))).toEqual([9, 8]);
    });

    it('after a position, exclusive, both ways and together with a range', async () => {
      const positions = (await readStream('s-1')).map(({ position }) => position);
      const elsewhere = (await readStream('other'))[4]!.position;
      expect(revisions(await readStream('s-1', { after: positions[6]! }))).toEqual([7, 8, 9]);
      expect(revisions(await readStream('s-1', { after: ORIGIN }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(revisions(await readStream('s-1', { after: elsewhere }))).toEqual([4, 5, 6, 7, 8, 9]);
      expect(revisions(await readStream('s-1', { after: positions[6]!, direction: 'backwards' }))).toEqual([9, 8, 7]);
      expect(revisions(await readStream('s-1', { after: positions[6]!, from: 2, to: 8 }))).toEqual([7, 8]);
      expect(revisions(await readStream('s-1', { after: positions[6]!, from: 9 }))).toEqual([9]);
      expect(await readStream('s-1', { after: positions[9]! })).toEqual([]);
      expect(await readStream('s-1', { after: await log.head() })).toEqual([]);
      expect(await readStream('nobody', { after: positions[0]! })).toEqual([]);
    });

    it('no more events than the limit, both ways, over several batches and together with what else bounds it', async () => {
      const [first] = await readStream('s-1');
      expect(revisions(await readStream('s-1', { limit: 3 }))).toEqual([0, 1, 2]);
      expect(revisions(await readStream('s-1', { limit: 3, direction: 'backwards' }))).toEqual([9, 8, 7]);
      expect(revisions(await readStream('s-1', { limit: 3, after: first!.position }))).toEqual([1, 2, 3]);
      expect(revisions(await readStream('s-1', { limit: 3, from: 5, to: 6 }))).toEqual([5, 6]);
      expect(await readStream('s-1', { limit: 0 })).toEqual([]);
      expect(await readStream('s-1', { limit: 99 })).toHaveLength(10);
      await appendInSlices(log, 'long', newEvents(2_500));
      expect(revisions(await readStream('long', { limit: 1_500 }))).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
    });

    it('an empty range answers nothing', async () => {
      expect(await readStream('s-1', { from: 5, to: 4 })).toEqual([]);
      expect(await readStream('s-1', { direction: 'backwards', from: 4, to: 5 })).toEqual([]);
    });

    it('a long stream comes whole, in order and in several batches, both ways', async () => {
      await appendInSlices(log, 'long', newEvents(2_500));
      const sizes: number[] = [];
      for await (const batch of log.readStream('long')) sizes.push(batch.length);
      expect(sizes.length).toBeGreaterThan(1);
      expect(revisions(await readStream('long'))).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
      expect(revisions(await readStream('long', { direction: 'backwards' }))).toEqual(Array.from({ length: 2_500 }, (_, n) => 2_499 - n));
    });

    it('answers no empty batch', async () => {
      for await (const batch of log.readStream('s-1')) expect(batch.length).toBeGreaterThan(0);
    });

    it('sees what was appended before it was called', async () => {
      const { revision } = await appendAtHead(log, 's-1', [newEvent()]);
      expect((await readStream('s-1')).at(-1)!.revision).toBe(revision);
    });

    it('over and over does not keep anything else from happening', async () => {
      let happened = false;
      setTimeout(() => {
        happened = true;
      }, 5);
      while (!happened) expect(await readStream('s-1')).toHaveLength(10);
    });

    it('can be left before its end', async () => {
      await appendInSlices(log, 'long', newEvents(2_500));
      for await (const batch of log.readStream('long')) if (batch.length > 0) break;
      expect(await readStream('s-1')).toHaveLength(10);
    });
  });

  describe('reading all', () => {
    let positions: Position[];
    beforeEach(async () => {
      await log.append('relationship-1', 'none', newEvents(2, { type: 'registered' }));
      await log.append('relationship-2', 'none', newEvents(2, { type: 'registered' }));
      await log.append('campaign-1', 'none', newEvents(2, { type: 'planned' }));
      await appendAtHead(log, 'relationship-1', newEvents(2, { type: 'contacted' }));
      positions = (await readAll()).map(({ position }) => position);
    });

    it('answers nothing on an empty log', async () => {
      const empty = await open();
      expect(await collect(empty.log.readAll())).toEqual([]);
      await empty.dispose();
    });

    it('answers every event once, in the order of their appending', async () => {
      const streams = (await readAll()).map(({ stream, revision }) => `${stream}@${revision}`);
      expect(streams).toEqual([
        'relationship-1@0',
        'relationship-1@1',
        'relationship-2@0',
        'relationship-2@1',
        'campaign-1@0',
        'campaign-1@1',
        'relationship-1@2',
        'relationship-1@3',
      ]);
    });

    it('after a position, exclusive', async () => {
      expect((await readAll({ after: positions[4]! })).map(({ position }) => position)).toEqual(positions.slice(5));
    });

    it('after the origin answers everything, after the head nothing', async () => {
      expect(await readAll({ after: ORIGIN })).toHaveLength(8);
      expect(await readAll({ after: await log.head() })).toEqual([]);
    });

    it('up to a position, inclusive', async () => {
      expect((await readAll({ upTo: positions[2]! })).map(({ position }) => position)).toEqual(positions.slice(0, 3));
    });

    it('between two positions', async () => {
      expect(await readAll({ after: positions[1]!, upTo: positions[3]! })).toHaveLength(2);
    });

    it('no more than asked for, the first of them', async () => {
      expect((await readAll({ limit: 1 })).map(({ position }) => position)).toEqual(positions.slice(0, 1));
      const found = await readAll({ after: positions[0]!, streamPrefix: 'relationship-2', limit: 1 });
      expect(found.map(({ stream, revision }) => `${stream}@${revision}`)).toEqual(['relationship-2@0']);
      expect(await readAll({ limit: 800 })).toHaveLength(8);
      await appendInSlices(log, 'long', newEvents(1_200));
      expect(await readAll({ limit: 1_001 })).toHaveLength(1_001);
    });

    it('the event at a position, and none where there is none', async () => {
      const all = await readAll();
      expect(await Promise.all(positions.map((position) => log.eventAt(position)))).toEqual(all);
      expect(await log.eventAt(ORIGIN)).toBeUndefined();
      expect(await log.eventAt('9'.repeat(20) as Position)).toBeUndefined();
    });

    itWith('count', 'as many events as it counts', async () => {
      expect(await log.count!(ORIGIN, await log.head())).toBe(8);
      expect(await log.count!(positions[1]!, positions[4]!)).toBe(3);
      expect(await log.count!(positions[4]!, positions[1]!)).toBe(0);
      expect(await log.count!(ORIGIN, '9'.repeat(20) as Position)).toBe(8);
    });

    it('of some types', async () => {
      expect((await readAll({ types: ['planned', 'contacted'] })).map(({ type }) => type)).toEqual([
        'planned',
        'planned',
        'contacted',
        'contacted',
      ]);
    });

    it('of a type that nobody knows answers nothing', async () => {
      expect(await readAll({ types: ['unheard-of'] })).toEqual([]);
    });

    it('of no types answers nothing', async () => {
      expect(await readAll({ types: [] })).toEqual([]);
    });

    it('of streams that begin alike', async () => {
      expect(await readAll({ streamPrefix: 'relationship-' })).toHaveLength(6);
      expect(await readAll({ streamPrefix: 'relationship-2' })).toHaveLength(2);
    });

    it('takes the signs of a pattern in a prefix for what they are', async () => {
      await log.append('100%_sure-1', 'none', [newEvent()]);
      expect(await readAll({ streamPrefix: '100%' })).toHaveLength(1);
      expect(await readAll({ streamPrefix: 'rel%' })).toEqual([]);
      expect(await readAll({ streamPrefix: 'relationship_' })).toEqual([]);
    });

    it('by type, prefix and positions together', async () => {
      const found = await readAll({ types: ['registered'], streamPrefix: 'relationship-', after: positions[0]!, upTo: positions[2]! });
      expect(found.map(({ position }) => position)).toEqual([positions[1], positions[2]]);
    });

    it('goes through thousands of events that a filter leaves out', async () => {
      await appendInSlices(log, 'noise', newEvents(12_000, { type: 'noise' }));
      await appendAtHead(log, 'relationship-1', [newEvent({ type: 'contacted' })]);
      expect(await readAll({ types: ['contacted'] })).toHaveLength(3);
    });

    it('ends although others go on appending', async () => {
      let going = true;
      const writing = (async () => {
        while (going) await appendAtHead(log, 'busy', [newEvent()]);
      })();
      const read = await readAll();
      going = false;
      await writing;
      expect(read.length).toBeGreaterThanOrEqual(8);
    });

    itWith('readByStream', 'by stream: the events of one stream stand together and in order', async () => {
      const events = await collect(log.readByStream!({ upTo: await log.head(), streamPrefix: 'relationship-' }));
      const streams = events.map(({ stream }) => stream);
      expect(streams.filter((stream, index) => stream !== streams[index - 1])).toHaveLength(2);
      expect(revisions(events.filter(({ stream }) => stream === 'relationship-1'))).toEqual([0, 1, 2, 3]);
      expect(events).toHaveLength(6);
    });

    itWith('readByStream', 'by stream: leaves out what came after the position', async () => {
      const events = await collect(log.readByStream!({ upTo: positions[2]!, streamPrefix: 'relationship-' }));
      expect(ids(events).sort()).toEqual(ids(await readAll({ upTo: positions[2]! })).sort());
    });

    itWith('readByStream', 'by stream: comes whole where streams are many and long', async () => {
      await appendInSlices(log, 'many-long', newEvents(1_700));
      await Promise.all(Array.from({ length: 1_200 }, (_, n) => log.append(`many-${n}`, 'none', [newEvent()])));
      const events = await collect(log.readByStream!({ upTo: await log.head(), streamPrefix: 'many-' }));
      expect(new Set(ids(events)).size).toBe(2_900);
    });

    itWith('readByStream', 'by stream: shares hold every stream once, whole, and none of them all', async () => {
      await Promise.all(Array.from({ length: 60 }, (_, n) => log.append(`many-${n}`, 'none', newEvents(3))));
      const upTo = await log.head();
      const streams = [];
      for (const index of [0, 1, 2]) {
        const share = await collect(log.readByStream!({ upTo, streamPrefix: 'many-', share: { index, of: 3 } }));
        expect(share.map(({ revision }) => revision)).toEqual(share.map((_, n) => n % 3));
        streams.push(new Set(share.map(({ stream }) => stream)));
      }
      expect(streams.every(({ size }) => size > 0 && size < 60)).toBe(true);
      expect(streams.flatMap((its) => [...its]).sort()).toEqual(Array.from({ length: 60 }, (_, n) => `many-${n}`).sort());
    });
  });

  describe('events that are large', () => {
    const large = 12;
    const characters = 200_000;
    const sizes = async (batches: AsyncIterable<readonly DomainEvent[]>): Promise<readonly number[]> => {
      const counts: number[] = [];
      for await (const batch of batches) counts.push(batch.length);
      return counts;
    };
    beforeEach(async () => {
      await log.append('small', 'none', newEvents(600));
      for (let n = 0; n < large; n += 4)
        await appendAtHead(
          log,
          'large',
          Array.from({ length: 4 }, () => newEvent({ data: { text: 'x'.repeat(characters) } })),
        );
      // One that goes alone, and that any log takes.
      await appendAtHead(log, 'large', [newEvent({ data: { text: 'x'.repeat(1_030_000) } })]);
    });

    async function expectBounded(reads: readonly AsyncIterable<readonly DomainEvent[]>[]): Promise<void> {
      for (const batches of reads) {
        const found: (readonly DomainEvent[])[] = [];
        for await (const batch of batches) found.push(batch);
        expect(found.flat().filter(({ stream }) => stream === 'large')).toHaveLength(large + 1);
        for (const batch of found)
          expect(batch.length === 1 || JSON.stringify(batch.map(({ data }) => data)).length <= 1_000_000).toBe(true);
      }
    }

    itWith('readByStream', 'come in batches of 1,000,000 characters at most, or alone, read by stream', async () =>
      expectBounded([log.readByStream!({ upTo: await log.head(), streamPrefix: '' })]),
    );

    it('come in batches of 1,000,000 characters at most, or alone, however else they are read', async () => {
      const subscribed = async function* () {
        for await (const item of log.subscribe()) {
          if (item.kind === 'caughtUp') return;
          yield item.events;
        }
      };
      await expectBounded([
        log.readStream('large'),
        log.readStream('large', { direction: 'backwards' }),
        log.readAll(),
        log.readAll({ streamPrefix: 'la' }),
        subscribed(),
      ]);
    });

    it('do not make batches of others smaller', async () => {
      await log.append('after', 'none', newEvents(600));
      expect(await sizes(log.readStream('small'))).toEqual(await sizes(log.readStream('after')));
    });
  });
}
