import {
  type AppendResult,
  contentHash,
  type EventLog,
  type ExpectedRevision,
  hashOf,
  IdempotencyConflict,
  type NewEvent,
  ORIGIN,
  type Position,
  type RawEvent,
  type RecordedEvent,
  type SubscriptionItem,
  WrongExpectedRevision,
} from '#event-log';
import { appendAtHead } from './append-at-head.js';
import { collect } from './collect.js';
import { newEvent, newEvents } from './new-event.js';

export interface EventLogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens it anew; left out by engines that forget. */
  reopen?(): Promise<EventLog>;
  dispose(): Promise<void>;
}

const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);
const revisions = (events: readonly RecordedEvent[]) => events.map(({ revision }) => revision);

/** Takes items until `enough`, then ends the subscription. */
async function take(
  log: EventLog,
  options: Parameters<EventLog['subscribe']>[0],
  enough: (items: readonly SubscriptionItem[]) => boolean,
): Promise<SubscriptionItem[]> {
  const items: SubscriptionItem[] = [];
  for await (const item of log.subscribe(options)) {
    items.push(item);
    if (enough(items)) break;
  }
  return items;
}

const eventsOf = (items: readonly SubscriptionItem[]) => items.flatMap((item) => (item.kind === 'batch' ? item.events : []));
const isCaughtUp = (items: readonly SubscriptionItem[]) => items.some(({ kind }) => kind === 'caughtUp');
const atLeast = (count: number) => (items: readonly SubscriptionItem[]) => eventsOf(items).length >= count;

/** What an adapter may lack; its tests are skipped by name then. */
export type EventLogCapability = 'readByStream' | 'reopen';

/** What every event log does, whatever it is made of. `open` answers an empty one. */
export function eventLogContract(
  name: string,
  open: () => Promise<EventLogUnderTest>,
  { lacks = [] }: { readonly lacks?: readonly EventLogCapability[] } = {},
): void {
  describe(`event log contract: ${name}`, () => {
    const itWith = (capability: EventLogCapability, title: string, test: () => Promise<void>) =>
      lacks.includes(capability) ? it.skip(`${title} [lacks ${capability}]`, test) : it(title, test);
    let under: EventLogUnderTest;
    let log: EventLog;

    beforeEach(async () => {
      under = await open();
      log = under.log;
    });
    afterEach(() => under.dispose());

    const readStream = (stream: string, options?: Parameters<EventLog['readStream']>[1]) => collect(log.readStream(stream, options));
    const readAll = (options?: Parameters<EventLog['readAll']>[0]) => collect(log.readAll(options));

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

      it('refuses an append without events', async () => {
        await expect(log.append('s-1', 'none', [])).rejects.toMatchObject({ name: 'InvalidAppend' });
      });

      it('refuses a stream without a name', async () => {
        await expect(log.append('', 'none', [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
      });

      it.each([-1, 1.5, Number.NaN])('refuses %p as an expected revision', async (revision) => {
        await expect(log.append('s-1', { revision, hash: 'a'.repeat(64) }, [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
      });

      it.each(['', 'a'.repeat(63), 'A'.repeat(64), '0'.repeat(65)])('refuses %p as the hash of the event before', async (hash) => {
        const first = await log.append('s-1', 'none', [newEvent()]);
        await expect(log.append('s-1', { ...first, hash }, [newEvent()])).rejects.toMatchObject({ name: 'InvalidAppend' });
      });

      it('refuses two events of one id in a call, and appends neither', async () => {
        const event = newEvent();
        await expect(log.append('s-1', 'none', [event, event])).rejects.toMatchObject({ name: 'InvalidAppend' });
        expect(await readStream('s-1')).toEqual([]);
      });

      it.each([
        ['a lone surrogate', '\ud800'],
        ['NaN', Number.NaN],
        ['an infinity', Number.POSITIVE_INFINITY],
        ['a bigint', 1n],
      ])('refuses %s, which has no canonical form, and appends nothing of the call', async (_, value) => {
        const append = log.append('s-1', 'none', [newEvent(), newEvent({ data: { value } })]);
        await expect(append).rejects.toMatchObject({ name: 'InvalidEvent' });
        expect(await readStream('s-1')).toEqual([]);
      });

      it('keeps texts of every script, emoji, quotes and control characters', async () => {
        const text = 'Летопись 年代記 سجل 👩‍👩‍👧 "quoted" \\ \u0000\u001f\u2028 line\nbreak é e\u0301';
        await log.append('s-ünï-年', 'none', [newEvent({ data: { text, [text]: 1 } })]);
        expect((await readStream('s-ünï-年'))[0]!.data).toEqual({ text, [text]: 1 });
      });

      it('keeps an event of three megabytes', async () => {
        const text = 'long '.repeat(600_000);
        await log.append('s-1', 'none', [newEvent({ data: { text } }), newEvent()]);
        expect((await readStream('s-1')).map(({ data }) => (data as { text?: string }).text?.length)).toEqual([3_000_000, undefined]);
      });

      it('keeps an append of 5,000 events together and in order', async () => {
        const events = newEvents(5_000);
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

      it('none: refuses where there is one, says where it is, and appends nothing', async () => {
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

      it('an event: refuses when the stream is past it', async () => {
        await log.append('s-1', 'none', newEvents(3));
        const [, second] = await readStream('s-1');
        await expect(log.append('s-1', second!, [newEvent()])).rejects.toMatchObject({ expected: 1, actual: 2 });
        expect(await readStream('s-1')).toHaveLength(3);
      });

      it('an event: refuses when the stream has not come to it', async () => {
        const first = await log.append('s-1', 'none', newEvents(3));
        await expect(log.append('s-1', { ...first, revision: 3 }, [newEvent()])).rejects.toMatchObject({ expected: 3, actual: 2 });
      });

      it('an event: refuses where the last event has its revision and another hash, and appends nothing', async () => {
        const first = await log.append('s-1', 'none', newEvents(2));
        const append = log.append('s-1', { ...first, hash: 'a'.repeat(64) }, [newEvent()]);
        await expect(append).rejects.toThrow(WrongExpectedRevision);
        await expect(append).rejects.toMatchObject({ stream: 's-1', expected: 1, actual: 1 });
        expect(await readStream('s-1')).toHaveLength(2);
        await expect(log.append('s-1', first, [newEvent()])).resolves.toMatchObject({ revision: 2 });
      });

      it('an event: refuses where there is no stream', async () => {
        const other = await log.append('s-2', 'none', [newEvent()]);
        await expect(log.append('s-1', other, [newEvent()])).rejects.toMatchObject({ expected: 0, actual: null });
        expect(await readStream('s-1')).toEqual([]);
      });

      it('a refusal names no value of an event', async () => {
        await log.append('s-1', 'none', [newEvent()]);
        const append = log.append('s-1', 'none', [newEvent({ data: { name: 'Ada Lovelace' } })]);
        await expect(append).rejects.toThrow(expect.not.objectContaining({ message: expect.stringContaining('Ada') }));
      });

      it('a refused append leaves the next one untouched', async () => {
        const first = await log.append('s-1', 'none', [newEvent()]);
        await expect(log.append('s-1', 'none', [newEvent()])).rejects.toThrow(WrongExpectedRevision);
        await expect(log.append('s-1', first, [newEvent()])).resolves.toMatchObject({ revision: 1 });
      });
    });

    describe('a command that may be repeated', () => {
      const of = (commandId: string) => newEvent({ commandId, commandHash: 'a'.repeat(64) });

      it('belongs to one stream: its events are refused in another, old or new, and nothing of the append is kept', async () => {
        await log.append('s-1', 'none', [of('c-1'), of('c-1')]);
        const other = await log.append('s-2', 'none', [newEvent()]);
        for (const append of [log.append('s-2', other, [newEvent(), of('c-1')]), log.append('s-3', 'none', [of('c-2'), of('c-1')])]) {
          await expect(append).rejects.toThrow(IdempotencyConflict);
          await expect(append).rejects.toMatchObject({ commandId: 'c-1' });
        }
        expect(await readStream('s-2')).toHaveLength(1);
        expect(await readStream('s-3')).toEqual([]);
        await expect(log.append('s-3', 'none', [of('c-2')])).resolves.toMatchObject({ revision: 0 });
      });

      it('may append to its own stream again', async () => {
        const first = await log.append('s-1', 'none', [of('c-1')]);
        await expect(log.append('s-1', first, [of('c-1')])).resolves.toMatchObject({ revision: 1 });
      });

      it('is refused in one of two streams when it comes to both at once', async () => {
        const results = await Promise.allSettled(['s-1', 's-2'].map((stream) => log.append(stream, 'none', [of('c-1')])));
        expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      });

      it('holds nobody up whose append was refused', async () => {
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

      it('is another one with the same ids and another content, and is refused', async () => {
        const events = newEvents(2);
        const first = await log.append('s-1', 'none', events);
        const changed = [events[0]!, { ...events[1]!, data: { changed: true } }];
        await expect(log.append('s-1', 'none', changed)).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: 1 });
        await again('none', events, first);
      });

      it('is another one after an event of another hash, and is refused', async () => {
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

      it('is refused at another place', async () => {
        const events = newEvents(1);
        await log.append('s-1', 'none', [newEvent(), ...events]);
        await expect(log.append('s-1', 'none', events)).rejects.toThrow(WrongExpectedRevision);
      });

      it('is refused in another order', async () => {
        const [one, two] = newEvents(2);
        await log.append('s-1', 'none', [one!, two!]);
        await expect(log.append('s-1', 'none', [two!, one!])).rejects.toThrow(WrongExpectedRevision);
      });

      it('is refused when only its beginning was there', async () => {
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

    describe('concurrent appends', () => {
      it('64 at one revision: one wins, the others are refused', async () => {
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

      it('a refused one does not hurt those beside it', async () => {
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
        await log.append('long', 'none', newEvents(2_500));
        expect(revisions(await readStream('long', { limit: 1_500 }))).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
      });

      it('an empty range answers nothing', async () => {
        expect(await readStream('s-1', { from: 5, to: 4 })).toEqual([]);
        expect(await readStream('s-1', { direction: 'backwards', from: 4, to: 5 })).toEqual([]);
      });

      it('a long stream comes whole, in order and in several batches, both ways', async () => {
        await log.append('long', 'none', newEvents(2_500));
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
        while (!happened) await readStream('s-1');
      });

      it('can be left before its end', async () => {
        await log.append('long', 'none', newEvents(2_500));
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
        await log.append('noise', 'none', newEvents(12_000, { type: 'noise' }));
        await appendAtHead(log, 'relationship-1', [newEvent({ type: 'contacted' })]);
        expect(await readAll({ types: ['contacted'] })).toHaveLength(3);
      });

      it('ends although others go on appending', async () => {
        let going = true;
        const writing = (async () => {
          while (going) await appendAtHead(log, 'busy', [newEvent()]);
        })();
        await readAll();
        going = false;
        await writing;
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
        await log.append('many-long', 'none', newEvents(1_700));
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
      const sizes = async (batches: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly number[]> => {
        const counts: number[] = [];
        for await (const batch of batches) counts.push(batch.length);
        return counts;
      };
      beforeEach(async () => {
        await log.append('small', 'none', newEvents(600));
        await log.append('large', 'none', [
          ...Array.from({ length: large }, () => newEvent({ data: { text: 'x'.repeat(characters) } })),
          newEvent({ data: { text: 'x'.repeat(2_000_000) } }),
        ]);
      });

      it('come in batches of 1,000,000 characters at most, or alone, however they are read', async () => {
        const subscribed = async function* () {
          for await (const item of log.subscribe()) {
            if (item.kind === 'caughtUp') return;
            yield item.events;
          }
        };
        const reads: (AsyncIterable<readonly RecordedEvent[]> | undefined)[] = [
          log.readStream('large'),
          log.readStream('large', { direction: 'backwards' }),
          log.readAll(),
          log.readAll({ streamPrefix: 'la' }),
          subscribed(),
          log.readByStream?.({ upTo: await log.head(), streamPrefix: '' }),
        ];
        for (const batches of reads) {
          if (batches === undefined) continue;
          const found: (readonly RecordedEvent[])[] = [];
          for await (const batch of batches) found.push(batch);
          expect(found.flat().filter(({ stream }) => stream === 'large')).toHaveLength(large + 1);
          for (const batch of found)
            expect(batch.length === 1 || JSON.stringify(batch.map(({ data }) => data)).length <= 1_000_000).toBe(true);
        }
      });

      it('do not make batches of others smaller', async () => {
        await log.append('after', 'none', newEvents(600));
        expect(await sizes(log.readStream('small'))).toEqual(await sizes(log.readStream('after')));
      });
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
        await log.append('long', 'none', newEvents(1_300));
        await Promise.all(Array.from({ length: 700 }, (_, n) => log.append(`many-${n}`, 'none', [newEvent()])));
        const [byPosition, byStream] = [await raw(), await raw({ order: 'stream' })];
        expect(new Set(places(byPosition)).size).toBe(2_008);
        expect(places(byStream).sort()).toEqual(places(byPosition).sort());
      });

      it('has positions that count from 1 without gaps, where the log declares it', async () => {
        const counted = (await raw()).map(({ position }) => Number(position));
        expect(counted).toEqual(log.countsPositions ? [1, 2, 3, 4, 5, 6, 7, 8] : counted.toSorted((a, b) => a - b));
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

      it('does not move when an append is refused', async () => {
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

    describe('subscribing', () => {
      it('to an empty log has caught up at once', async () => {
        expect(await take(log, {}, isCaughtUp)).toEqual([{ kind: 'caughtUp', head: ORIGIN }]);
      });

      it('gives what is there, then says once that it has caught up, then what comes', async () => {
        const before = newEvents(3);
        const after = newEvents(2);
        const first = await log.append('s-1', 'none', before);
        const taking = take(log, {}, atLeast(5));
        await log.append('s-1', first, after);
        const items = await taking;
        expect(ids(eventsOf(items))).toEqual(ids([...before, ...after]));
        expect(items.filter(({ kind }) => kind === 'caughtUp').length).toBeLessThanOrEqual(1);
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

      it('goes on from the head of any item without losing or repeating an event', async () => {
        const events = newEvents(1_800);
        await log.append('s-1', 'none', events);
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
        await log.append('s-1', 'none', newEvents(1_200));
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

      it('moves its head past events that the filter leaves out', async () => {
        await log.append('s-1', 'none', newEvents(3_000, { type: 'noise' }));
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
        await log.append('s-1', 'none', newEvents(2_500));
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

      it('answers a live append within 250 ms', async () => {
        let appendedAt = Number.POSITIVE_INFINITY;
        for await (const item of log.subscribe()) {
          if (item.kind === 'batch') break;
          setTimeout(() => {
            appendedAt = performance.now();
            void log.append('s-1', 'none', [newEvent()]);
          }, 30);
        }
        expect(performance.now() - appendedAt).toBeLessThan(250);
      });
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

      it('refuses appends afterwards', async () => {
        await log.close();
        await expect(log.append('s-1', 'none', [newEvent()])).rejects.toMatchObject({ name: 'EventLogUnavailable' });
      });

      itWith('reopen', 'a log that keeps has everything when it is opened again, and goes on after it', async () => {
        const first = await log.append('s-1', 'none', newEvents(3));
        const { position } = await log.append('s-2', 'none', newEvents(2));
        const before = await readAll();
        log = await under.reopen!();
        expect(await readAll()).toEqual(before);
        expect(await log.head()).toBe(position);
        const next = await log.append('s-1', first, [newEvent()]);
        expect(next.revision).toBe(3);
        expect(next.position > position).toBe(true);
      });

      itWith('reopen', 'a log that keeps knows repetitions and wrong revisions when it is opened again', async () => {
        const events = newEvents(3);
        const first = await log.append('s-1', 'none', events);
        log = await under.reopen!();
        await expect(log.append('s-1', 'none', events)).resolves.toEqual(first);
        await expect(log.append('s-1', 'none', newEvents(3))).rejects.toMatchObject({ actual: 2 });
      });

      itWith('reopen', 'a subscription to a log that keeps goes on from its checkpoint when it is opened again', async () => {
        await log.append('s-1', 'none', newEvents(3));
        const { head } = (await take(log, {}, isCaughtUp)).at(-1)!;
        log = await under.reopen!();
        const event = newEvent();
        await appendAtHead(log, 's-1', [event]);
        expect(ids(eventsOf(await take(log, { after: head }, isCaughtUp)))).toEqual([event.id]);
      });
    });
  });
}
