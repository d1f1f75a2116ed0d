import { contentHash, type EventLog, ORIGIN, WrongExpectedRevision } from '#event-log';
import { appendAtHead } from '../append-at-head.js';
import { newEvent, newEvents } from '../new-event.js';
import { ids, type LogParts, revisions } from './parts.js';

/** What is appended, where, and beside others. */
export function appendingContract({ current, readStream, readAll, itWith }: LogParts): void {
  let log: EventLog;
  beforeEach(() => {
    log = current();
  });

  describe('appending', () => {
    it('answers the revision, the position and the hash of the last event', async () => {
      const result = await log.append('s-1', 'none', newEvents(3));
      const [, , last] = await readStream('s-1');
      expect(result).toEqual({ revision: 2, position: last!.position, hash: last!.hash });
    });

    it('counts revisions from 0 and without gaps', async () => {
      const first = await log.append('s-1', 'none', newEvents(2));
      await log.append('s-1', first, newEvents(3));
      expect(revisions(await readStream('s-1'))).toEqual([0, 1, 2, 3, 4]);
    });

    it('counts the revisions of each stream for itself', async () => {
      await log.append('s-1', 'none', newEvents(2));
      expect((await log.append('s-2', 'none', [newEvent()])).revision).toBe(0);
    });

    it('gives positions that rise and sort as strings', async () => {
      for (let n = 0; n < 12; n++) await log.append(`s-${n}`, 'none', newEvents(2));
      const positions = (await readAll()).map(({ position }) => position);
      expect(positions).toEqual([...positions].sort());
      expect(new Set(positions).size).toBe(24);
      expect(positions[0]! > ORIGIN).toBe(true);
    });

    it('keeps every member of an event as it was given', async () => {
      const event = newEvent({
        causationId: 'cause',
        commandHash: 'f00d',
        source: { system: 'crm-export', id: 'row-17' },
        actor: { kind: 'import', id: 'job-1', name: 'Import' },
        data: { nested: { list: [1, 2.5, -0.001, true, null, 'text'], empty: {}, none: [] } },
      });
      await log.append('s-1', 'none', [event]);
      const [recorded] = await readStream('s-1');
      expect(recorded).toMatchObject({ ...event, stream: 's-1', revision: 0 });
    });

    it('adds nothing to an event but its place and what its hash needs', async () => {
      const event = newEvent();
      await log.append('s-1', 'none', [event]);
      const [recorded] = await readStream('s-1');
      const added = ['stream', 'revision', 'position', 'hash', 'envelopeVersion', 'previousHash'];
      expect(Object.keys(recorded!).sort()).toEqual([...Object.keys(event), ...added].sort());
    });

    it('adds what it adds also to an event that was read from a log', async () => {
      await log.append('s-1', 'none', newEvents(2));
      const [, event] = await readStream('s-1');
      await log.append('s-2', 'none', [event!]);
      const [again] = await readStream('s-2');
      expect(again).toMatchObject({ stream: 's-2', revision: 0, previousHash: '0'.repeat(64) });
      expect(contentHash(again!)).toBe(again!.hash);
    });

    it('leaves members out that are undefined', async () => {
      await log.append('s-1', 'none', [newEvent({ data: { here: 1, gone: undefined } })]);
      expect((await readStream('s-1'))[0]!.data).toEqual({ here: 1 });
    });

    it('records the content hash of every event', async () => {
      const [event] = newEvents(1);
      await log.append('s-1', 'none', [event!]);
      const hashed = { ...event!, stream: 's-1', revision: 0, envelopeVersion: 2, previousHash: '0'.repeat(64) } as const;
      expect((await readStream('s-1')).map(({ hash }) => hash)).toEqual([contentHash(hashed)]);
    });

    it('chains every event on the hash of the one before it in its stream, from one append to the next', async () => {
      const first = await log.append('s-1', 'none', newEvents(2));
      await log.append('s-2', 'none', newEvents(2));
      await log.append('s-1', first, newEvents(2));
      for (const stream of ['s-1', 's-2']) {
        const events = await readStream(stream);
        expect(events.map(({ previousHash }) => previousHash)).toEqual(['0'.repeat(64), ...events.map(({ hash }) => hash)].slice(0, -1));
      }
    });

    it('gives two events that differ in nothing but their place two hashes', async () => {
      const event = newEvent();
      await log.append('s-1', 'none', [event]);
      await log.append('s-2', 'none', [event]);
      await log.append('s-3', 'none', [newEvent(), event]);
      expect(new Set((await readAll()).map(({ hash }) => hash)).size).toBe(4);
    });

    it('records a hash that can be made again from what is read', async () => {
      await log.append('s-1', 'none', [newEvent({ data: { b: 'é', a: [1e21, 0.1], '€': null } })]);
      const [recorded] = await readStream('s-1');
      expect(contentHash(recorded!)).toBe(recorded!.hash);
    });

    it('keeps an event of an earlier schema version as it is', async () => {
      await log.append('s-1', 'none', [newEvent({ schemaVersion: 7 })]);
      expect((await readStream('s-1'))[0]!.schemaVersion).toBe(7);
    });

    it('rejects an append without events', async () => {
      await expect(log.append('s-1', 'none', [])).rejects.toMatchObject({ name: 'InvalidAppend' });
    });

    it('rejects a stream without a name', async () => {
      await expect(log.append('', 'none', [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
    });

    it.each([-1, 1.5, Number.NaN])('rejects %p as an expected revision', async (revision) => {
      await expect(log.append('s-1', { revision, hash: 'a'.repeat(64) }, [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
    });

    it.each(['', 'a'.repeat(63), 'A'.repeat(64), '0'.repeat(65)])('rejects %p as the hash of the event before', async (hash) => {
      const first = await log.append('s-1', 'none', [newEvent()]);
      await expect(log.append('s-1', { ...first, hash }, [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
    });

    it('rejects two events of one id in a call, and appends neither', async () => {
      const event = newEvent();
      await expect(log.append('s-1', 'none', [event, event])).rejects.toMatchObject({ name: 'InvalidAppend' });
      expect(await readStream('s-1')).toEqual([]);
    });

    it.each([
      ['a lone surrogate', '\ud800'],
      ['NaN', Number.NaN],
      ['an infinity', Number.POSITIVE_INFINITY],
      ['a bigint', 1n],
    ])('rejects %s, which has no canonical form, and appends nothing of the call', async (_, value) => {
      const append = log.append('s-1', 'none', [newEvent(), newEvent({ data: { value } })]);
      await expect(append).rejects.toMatchObject({ name: 'InvalidEvent' });
      expect(await readStream('s-1')).toEqual([]);
    });

    it('keeps texts of every script, emoji, quotes and control characters', async () => {
      const text = 'Летопись 年代記 سجل 👩‍👩‍👧 "quoted" \\ \u0000\u001f\u2028 line\nbreak é e\u0301';
      await log.append('s-ünï-年', 'none', [newEvent({ data: { text, [text]: 1 } })]);
      expect((await readStream('s-ünï-年'))[0]!.data).toEqual({ text, [text]: 1 });
    });

    itWith('largeAppends', 'keeps an event of three megabytes', async () => {
      const text = 'long '.repeat(600_000);
      await log.append('s-1', 'none', [newEvent({ data: { text } }), newEvent()]);
      expect((await readStream('s-1')).map(({ data }) => (data as { text?: string }).text?.length)).toEqual([3_000_000, undefined]);
    });

    itWith('largeAppends', 'keeps an append of 5,000 events together and in order', async () => {
      const events = newEvents(5_000);
      await log.append('s-1', 'none', events);
      expect(ids(await readStream('s-1'))).toEqual(ids(events));
    });

    it('keeps an append of 1,000 events together and in order', async () => {
      const events = newEvents(1_000);
      await log.append('s-1', 'none', events);
      expect(ids(await readStream('s-1'))).toEqual(ids(events));
    });

    it('keeps names of members that JavaScript treats in its own way', async () => {
      const data = JSON.parse('{"10":"ten","9":"nine","__proto__":{"polluted":true},"constructor":1,"toString":"x"}');
      await log.append('s-1', 'none', [newEvent({ data })]);
      expect(JSON.stringify((await readStream('s-1'))[0]!.data, Object.keys(data).sort())).toBe(
        JSON.stringify(data, Object.keys(data).sort()),
      );
    });

    it('gives every reader events of its own', async () => {
      await log.append('s-1', 'none', [newEvent({ data: { list: [1] } })]);
      const [first] = await readStream('s-1');
      (first!.data as { list: number[] }).list.push(2);
      expect((await readStream('s-1'))[0]!.data).toEqual({ list: [1] });
    });

    it('does not look at an event again after it was appended', async () => {
      const data = { list: [1] };
      await log.append('s-1', 'none', [newEvent({ data })]);
      data.list.push(2);
      expect((await readStream('s-1'))[0]!.data).toEqual({ list: [1] });
    });

    it('does not take streams apart whose names differ in case only for one', async () => {
      await log.append('S-1', 'none', [newEvent()]);
      await expect(log.append('s-1', 'none', [newEvent()])).resolves.toMatchObject({ revision: 0 });
    });
  });

  describe('expected revision', () => {
    it('none: appends where there is no stream', async () => {
      await expect(log.append('s-1', 'none', [newEvent()])).resolves.toMatchObject({ revision: 0 });
    });

    it('none: rejects where there is one, says where it is, and appends nothing', async () => {
      await log.append('s-1', 'none', newEvents(2));
      const append = log.append('s-1', 'none', [newEvent()]);
      await expect(append).rejects.toThrow(WrongExpectedRevision);
      await expect(append).rejects.toMatchObject({ stream: 's-1', expected: null, actual: 1 });
      expect(await readStream('s-1')).toHaveLength(2);
    });

    it('an event: appends after just that one', async () => {
      const first = await log.append('s-1', 'none', newEvents(2));
      await expect(log.append('s-1', first, [newEvent()])).resolves.toMatchObject({ revision: 2 });
    });

    it('an event: rejects when the stream is past it', async () => {
      await log.append('s-1', 'none', newEvents(3));
      const [, second] = await readStream('s-1');
      await expect(log.append('s-1', second!, [newEvent()])).rejects.toMatchObject({ expected: 1, actual: 2 });
      expect(await readStream('s-1')).toHaveLength(3);
    });

    it('an event: rejects when the stream has not come to it', async () => {
      const first = await log.append('s-1', 'none', newEvents(3));
      await expect(log.append('s-1', { ...first, revision: 3 }, [newEvent()])).rejects.toMatchObject({ expected: 3, actual: 2 });
    });

    it('an event: rejects where the last event has its revision and another hash, and appends nothing', async () => {
      const first = await log.append('s-1', 'none', newEvents(2));
      const append = log.append('s-1', { ...first, hash: 'a'.repeat(64) }, [newEvent()]);
      await expect(append).rejects.toThrow(WrongExpectedRevision);
      await expect(append).rejects.toMatchObject({ stream: 's-1', expected: 1, actual: 1 });
      expect(await readStream('s-1')).toHaveLength(2);
      await expect(log.append('s-1', first, [newEvent()])).resolves.toMatchObject({ revision: 2 });
    });

    it('an event: rejects where there is no stream', async () => {
      const other = await log.append('s-2', 'none', [newEvent()]);
      await expect(log.append('s-1', other, [newEvent()])).rejects.toMatchObject({ expected: 0, actual: null });
      expect(await readStream('s-1')).toEqual([]);
    });

    it('a rejection names no value of an event', async () => {
      await log.append('s-1', 'none', [newEvent()]);
      const append = log.append('s-1', 'none', [newEvent({ data: { name: 'Ada Lovelace' } })]);
      await expect(append).rejects.toThrow(expect.not.objectContaining({ message: expect.stringContaining('Ada') }));
    });

    it('a rejected append leaves the next one untouched', async () => {
      const first = await log.append('s-1', 'none', [newEvent()]);
      await expect(log.append('s-1', 'none', [newEvent()])).rejects.toThrow(WrongExpectedRevision);
      await expect(log.append('s-1', first, [newEvent()])).resolves.toMatchObject({ revision: 1 });
    });
  });

  describe('concurrent appends', () => {
    it('64 at one revision: one wins, the others are rejected', async () => {
      const first = await log.append('s-1', 'none', [newEvent()]);
      const results = await Promise.allSettled(Array.from({ length: 64 }, () => log.append('s-1', first, [newEvent()])));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(WrongExpectedRevision);
      expect(await readStream('s-1')).toHaveLength(2);
    });

    it('64 on 64 streams all stand', async () => {
      await Promise.all(Array.from({ length: 64 }, (_, n) => log.append(`s-${n}`, 'none', newEvents(2))));
      expect(await readAll()).toHaveLength(128);
    });

    it('a rejected one does not hurt those beside it', async () => {
      await log.append('s-1', 'none', [newEvent()]);
      const results = await Promise.allSettled(
        Array.from({ length: 30 }, (_, n) => log.append(n % 3 === 0 ? 's-1' : `s-new-${n}`, 'none', [newEvent()])),
      );
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(Array.from({ length: 30 }, (_, n) => n % 3 !== 0));
    });

    it('keeps the events of each call side by side in the global order', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => log.append(`s-${n}`, 'none', newEvents(5, { correlationId: `call-${n}` }))));
      const calls = (await readAll()).map(({ correlationId }) => correlationId);
      const runs = calls.filter((call, index) => call !== calls[index - 1]);
      expect(runs).toHaveLength(20);
    });

    it('in the order of the calls, where one caller does not wait', async () => {
      const events = newEvents(50);
      await Promise.all(events.map((event, n) => log.append(`s-${n}`, 'none', [event])));
      expect(ids(await readAll())).toEqual(ids(events));
    });

    it('are seen by a reader in the global order and without a gap that is filled later', async () => {
      const writing = Promise.all(
        Array.from({ length: 20 }, async (_, writer) => {
          for (let n = 0; n < 20; n++) await appendAtHead(log, `s-${writer}`, newEvents(2));
        }),
      );
      let before: string[] = [];
      let done = false;
      writing.finally(() => {
        done = true;
      });
      while (!done) {
        const seen = ids(await readAll());
        expect(seen.slice(0, before.length)).toEqual(before);
        before = seen;
      }
      expect(await readAll()).toHaveLength(800);
    });
  });
}
