import { type EventLog, hashOf, ORIGIN, type RawEvent, WrongExpectedRevision } from '#event-log';
import { appendAtHead, appendInSlices } from '../append-at-head.js';
import { collect } from '../collect.js';
import { newEvent, newEvents } from '../new-event.js';
import type { LogParts } from './parts.js';

/** What is stored, and where it ends. */
export function storedContract({ current, readAll, itWith }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('reading what is stored', () => {
    const raw = (options?: Parameters<EventLog['readRaw']>[0]) => collect(log.readRaw(options));
    const places = (events: readonly RawEvent[]) => events.map(({ stream, revision }) => `${stream} ${revision}`);
    beforeEach(async () => {
      for (const stream of ['s-1', 's-2', 's-1', 's-2']) await appendAtHead(log, stream, newEvents(2));
    });

    it('answers the text that was hashed, with place, type and hash', async () => {
      const [event] = await readAll();
      const [{ text, ...rest }] = (await raw()) as [RawEvent];
      const { stream, revision, position, type, hash } = event!;
      expect(rest).toEqual({ stream, revision, position, type, hash });
      expect(hashOf(text)).toBe(hash);
      expect({ ...JSON.parse(text), position, hash }).toEqual(event);
    });

    it('is in the order of positions, between two of them', async () => {
      const positions = (await readAll()).map(({ position }) => position);
      expect((await raw()).map(({ position }) => position)).toEqual(positions);
      expect((await raw({ after: positions[1]!, upTo: positions[5]! })).map(({ position }) => position)).toEqual(positions.slice(2, 6));
    });

    it('is of one stream, up to a position', async () => {
      const [, , , , fifth] = await readAll();
      expect(places(await raw({ stream: 's-1' }))).toEqual(['s-1 0', 's-1 1', 's-1 2', 's-1 3']);
      expect(places(await raw({ stream: 's-1', upTo: fifth!.position }))).toEqual(['s-1 0', 's-1 1', 's-1 2']);
      expect(await raw({ stream: 'nobody' })).toEqual([]);
    });

    it('is by stream, each whole and in order', async () => {
      const found = places(await raw({ order: 'stream' }));
      const [one, two] = [found.slice(0, 4), found.slice(4)].sort(([a], [b]) => (a! < b! ? -1 : 1));
      expect(one).toEqual(['s-1 0', 's-1 1', 's-1 2', 's-1 3']);
      expect(two).toEqual(['s-2 0', 's-2 1', 's-2 2', 's-2 3']);
    });

    it('comes whole where streams are many and long', async () => {
      await appendInSlices(log, 'long', newEvents(1_300));
      await Promise.all(Array.from({ length: 700 }, (_, n) => log.append(`many-${n}`, 'none', [newEvent()])));
      const [byPosition, byStream] = [await raw(), await raw({ order: 'stream' })];
      expect(new Set(places(byPosition)).size).toBe(2_008);
      expect(places(byStream).sort()).toEqual(places(byPosition).sort());
    });

    it('is the last events of the log', async () => {
      expect(places(await raw({ last: 3 }))).toEqual(['s-1 3', 's-2 2', 's-2 3']);
      expect(await raw({ last: 800 })).toEqual(await raw());
    });

    it('is no more than was asked for', async () => {
      await appendInSlices(log, 'long', newEvents(1_300));
      const all = await raw();
      const [third, ninth] = [all[2]!.position, all[8]!.position];
      for (const limit of [0, 1, 7, 500, 501, 1_308, 2_000]) expect(await raw({ limit })).toEqual(all.slice(0, limit));
      expect(await raw({ limit: 3, after: third, upTo: ninth })).toEqual(all.slice(3, 6));
      expect(await raw({ limit: 9, after: third, upTo: ninth })).toEqual(all.slice(3, 9));
      expect(places(await raw({ limit: 3, stream: 's-2' }))).toEqual(['s-2 0', 's-2 1', 's-2 2']);
      expect(await raw({ limit: 900, order: 'stream' })).toEqual((await raw({ order: 'stream' })).slice(0, 900));
      expect(places(await raw({ limit: 2, last: 1_302 }))).toEqual(['s-2 2', 's-2 3']);
    });

    itWith('numberedPositions', 'has positions that number the events from 1 without gaps', async () => {
      expect((await raw()).map(({ position }) => position)).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `${number}`.padStart(20, '0')),
      );
    });
  });

  describe('head', () => {
    it('is the origin on an empty log', async () => {
      expect(await log.head()).toBe(ORIGIN);
    });

    it('is the position of the last event', async () => {
      const { position } = await log.append('s-1', 'none', newEvents(3));
      expect(await log.head()).toBe(position);
    });

    it('does not move when an append is rejected', async () => {
      const { position } = await log.append('s-1', 'none', [newEvent()]);
      await expect(log.append('s-1', 'none', [newEvent()])).rejects.toThrow(WrongExpectedRevision);
      expect(await log.head()).toBe(position);
    });

    it('does not move when an append is repeated', async () => {
      const event = newEvent();
      const { position } = await log.append('s-1', 'none', [event]);
      await log.append('s-1', 'none', [event]);
      expect(await log.head()).toBe(position);
    });
  });
}
