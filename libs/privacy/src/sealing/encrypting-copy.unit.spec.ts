import { hash } from 'node:crypto';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import {
  type CopiedUpTo,
  compareLogs,
  copyEvents,
  createEventCatalogue,
  type EventLogAdapter,
  EventNotUnderstood,
  logOver,
  type NewEvent,
  NOTHING_COPIED,
  NotACopy,
  type RawEvent,
  storedLogOver,
  verifyLog,
} from '#event-log';
import { openMemoryEventLog } from '#event-log/memory/memory-event-log.js';
import { appendAtHead, collect, newEvent } from '#testing';
import type { SubjectKeyStore } from '../keys/subject-key-store.js';
import { type MemoryRows, newMemoryRows, openMemorySubjectKeys } from '../memory/memory-subject-keys.js';
import { createEncryptingCopy, type ErasedInSource } from './encrypting-copy.js';
import { createPersonalFields } from './personal-fields.js';
import { createRecentKeys } from './recent-keys.js';
import { createSubjectFingerprints, formerKindOf } from './subject-fingerprints.js';

const definition = (type: string, personal: readonly string[] = [], published: string | null = null) => ({
  ...{ type, version: 1, schema: {}, personal, published, description: '' },
});
const registry = createEventCatalogue([
  definition('named', ['/name', '/phones/*/number'], 'named'),
  definition('counted'),
  definition('forgotten'),
  definition('sent', ['/messages/*/body']),
]);
const subjectOf = (stream: string, event?: Pick<NewEvent, 'data'>, pointer = ''): string | undefined =>
  stream.startsWith('c-') ? stream : (event?.data as { messages?: { to: string }[] })?.messages?.[Number(pointer.split('/')[2])]?.to;

let source: EventLogAdapter;
let target: EventLogAdapter;
let rows: MemoryRows;
let store: SubjectKeyStore;
beforeEach(() => {
  [source, target, rows] = [openMemoryEventLog(), openMemoryEventLog(), newMemoryRows()];
  store = openMemorySubjectKeys(rows);
});

const recentKeys = () => createRecentKeys({ store, withinMs: 10_000 });
const newlyErased = (): ErasedInSource => ({
  subjects: new Set(),
  destroy: (subjects) => store.erase(subjects, '2026-12-01T00:00:00.000Z'),
});
const copying = (erased = newlyErased()) =>
  createEncryptingCopy({ source, keys: recentKeys(), registry, subjectOf, erasingEvent: 'forgotten', erased });
const personal = () =>
  createPersonalFields({
    ...{ keys: recentKeys(), registry, subjectOf },
    isErased: isForgotten,
    erases: ({ type }) => type === 'forgotten',
  });
const isForgotten = async (subject: string) => (await collect(source.readStream(subject))).some(({ type }) => type === 'forgotten');

async function finished<Result>(steps: AsyncGenerator<unknown, Result>): Promise<Result> {
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
  }
}
const compared = async (from = NOTHING_COPIED): Promise<CopiedUpTo> => finished(compareLogs(source, target, from, await copying()));
/** As the command does it. */
async function encrypted(to = target): Promise<void> {
  const upTo = await compared();
  await finished(copyEvents(source, to, upTo, await copying()));
  await compared(upTo);
}
const write = (stream: string, ...events: readonly NewEvent[]) => appendAtHead(storedLogOver(source), stream, events);
const rawOf = async (log: EventLogAdapter): Promise<RawEvent[]> => collect(log.readRaw());
const read = (log: EventLogAdapter) => collect(logOver(log, registry, personal()).readAll());
const named = (name: string, over: Partial<NewEvent> = {}) =>
  newEvent({ type: 'named', data: { name, phones: [{ number: name }], n: 1 }, ...over });

describe('the encrypted copy of a log', () => {
  /** Every text that is personal begins like this. */
  const secret = fc.string({ unit: 'grapheme' }).map((text) => `SECRET ${text}`);
  const customer = fc.constantFrom('c-1', 'c-2', 'c-3');
  const envelope = fc.record(
    {
      source: fc.record({ system: fc.constant('erp'), id: secret }),
      actor: fc.record({ kind: fc.constant('curator' as const), id: fc.constant('ann'), name: secret }),
      commandHash: fc.constantFrom(hash('sha256', 'body', 'hex'), `h1:1f0c2a9b:${hash('sha256', 'other', 'hex')}`),
    },
    { requiredKeys: [] },
  );
  const written = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ stream: customer, type: fc.constant('named'), data: fc.record({ name: secret, n: fc.nat() }), envelope }),
    },
    { weight: 2, arbitrary: fc.record({ stream: customer, type: fc.constant('counted'), data: fc.record({ n: fc.nat() }), envelope }) },
    {
      weight: 2,
      arbitrary: fc.record({
        stream: fc.constant('process-1'),
        type: fc.constant('sent'),
        data: fc.record({ messages: fc.array(fc.record({ to: customer, body: fc.record({ note: secret }) }), { maxLength: 3 }) }),
        envelope: fc.constant({}),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ stream: customer, type: fc.constant('forgotten'), data: fc.constant({}), envelope: fc.constant({}) }),
    },
  );

  it('has the events of the source at their places, says the same to whoever has the keys, and nothing personal to others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(written, { maxLength: 25 }), fc.nat(25), fc.nat(25), async (all, plainOnes, cutOff) => {
        [source, target, rows] = [openMemoryEventLog(), openMemoryEventLog(), newMemoryRows()];
        store = openMemorySubjectKeys(rows);
        const forgotten = new Set<string>();
        const sealing = logOver(source, registry, personal());
        for (const [index, { stream, envelope: over, ...event }] of all.entries()) {
          if (forgotten.has(stream)) continue;
          if (event.type === 'forgotten') forgotten.add(stream);
          // From some event on the source is written by a program that encrypts.
          const { actor: _, ...newer } = over as Partial<NewEvent>;
          if (index < plainOnes) await write(stream, newEvent({ ...event, ...over } as Partial<NewEvent>));
          else if (event.type === 'sent') await write(stream, newEvent(event));
          else await appendAtHead(sealing, stream, [newEvent({ ...event, ...newer } as Partial<NewEvent>)]);
          if (event.type === 'forgotten') await store.erase([stream], '2026-12-01T00:00:00.000Z');
        }
        let appends = 0;
        const append: EventLogAdapter['append'] = (given) =>
          ++appends > cutOff ? Promise.reject(new Error('killed')) : target.append(given);
        await encrypted({ ...target, append }).catch((error: Error) => expect(error.message).toBe('killed'));
        await encrypted();

        const [before, after] = [await rawOf(source), await rawOf(target)];
        const placeOf = ({ stream, revision, position, type }: RawEvent) => ({ stream, revision, position, type });
        expect(after.map(placeOf)).toEqual(before.map(placeOf));
        for (const { text } of after) {
          expect(text).not.toMatch(/SECRET/);
          expect(JSON.parse(text)).toMatchObject({ envelopeVersion: 2 });
        }
        for await (const { faults } of verifyLog(target, await target.head())) expect(faults).toEqual([]);
        const plain = await read(source);
        const again = await read(target);
        for (const [index, { id, data, source: from, actor, stream }] of plain.entries()) {
          const copy = again[index]!;
          expect([copy.id, copy.published]).toEqual([id, copy.type === 'named' ? 'named' : undefined]);
          const isGone = JSON.stringify(data).includes('SECRET') || from?.id !== undefined || actor.name !== undefined;
          if (forgotten.has(stream) && isGone) expect(JSON.stringify(copy)).not.toMatch(/SECRET/);
          else if (stream.startsWith('c-')) expect([copy.data, copy.source, copy.actor]).toEqual([data, from, actor]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('makes no key of who was erased, and takes the personal fields away, in processes too', async () => {
    await write('c-1', named('Anna B.'), named('Anna B.', { commandHash: hash('sha256', 'x', 'hex') }));
    await write(
      'process-1',
      newEvent({
        type: 'sent',
        data: {
          messages: [
            { to: 'c-1', body: 'for Anna' },
            { to: 'c-2', body: 'for Bo' },
          ],
        },
      }),
    );
    await write('c-1', newEvent({ type: 'forgotten', data: {} }));
    await encrypted();
    const found = await store.find(['c-1', 'c-2']);
    expect(['c-1', 'c-2'].map((subject) => found.get(subject)?.kind)).toEqual(['erased', 'key']);
    const texts = (await rawOf(target)).map(({ text }) => text).join();
    expect(texts).not.toMatch(/Anna B|for Bo/);
    expect((await read(target)).map(({ data }) => data)).toEqual([
      { n: 1, phones: [{}] },
      { n: 1, phones: [{}] },
      { messages: [{ to: 'c-1' }, { to: 'c-2', body: 'for Bo' }] },
      {},
    ]);
    expect((await rawOf(target)).map(({ text }) => JSON.parse(text).commandHash)).toEqual([undefined, 'c1:erased', undefined, undefined]);
  });

  it('recognizes a former fingerprint under the key of its customer, by its kind, and no other', async () => {
    const formers = [hash('sha256', 'body', 'hex'), `h1:1f0c2a9b:${hash('sha256', 'body', 'hex')}`];
    for (const [index, commandHash] of formers.entries()) await write(`c-${index}`, named('Anna', { commandHash }));
    await encrypted();
    const stored = (await rawOf(target)).map(({ text }) => JSON.parse(text).commandHash as string);
    expect(stored.map(formerKindOf)).toEqual([undefined, 'h1:1f0c2a9b']);
    const fingerprints = createSubjectFingerprints({ keys: recentKeys(), subjectOf, isErased: isForgotten, log: target });
    for (const [index, former] of formers.entries()) {
      expect(stored[index]).not.toContain(former);
      expect(await fingerprints.isSame(stored[index]!, `c-${index}`, former)).toBe(true);
      expect(await fingerprints.isSame(stored[index]!, `c-${index}`, `${former}0`)).toBe(false);
    }
  });

  it('follows an erasure that came while the log was copied', async () => {
    await write('c-1', named('Anna', { commandHash: hash('sha256', 'x', 'hex') }));
    await encrypted();
    await write('c-1', newEvent({ type: 'forgotten', data: {} }));
    await store.erase(['c-1'], '2026-12-01T00:00:00.000Z');
    await encrypted();
    expect((await read(target)).map(({ data }) => data)).toEqual([{ n: 1, phones: [{}] }, {}]);
  });

  it('leaves no key of who was erased after a pass had begun, and reads of the source only what is new to find that out', async () => {
    await write('c-1', named('Anna'));
    await write('c-2', named('Bo'));
    const erased = newlyErased();
    const begun = await copying(erased);
    await write('c-1', newEvent({ type: 'forgotten', data: {} }));
    await finished(copyEvents(source, target, NOTHING_COPIED, begun));
    expect((await store.find(['c-1'])).get('c-1')?.kind).toBe('key');
    const former = erased.upTo;
    const reads = jest.spyOn(source, 'readAll');
    await finished(compareLogs(source, target, NOTHING_COPIED, await copying(erased)));
    expect(reads.mock.calls).toEqual([[expect.objectContaining({ after: former })]]);
    expect([...(await store.find(['c-1', 'c-2'])).values()].map(({ kind }) => kind)).toEqual(['erased', 'key']);
    expect((await read(target)).map(({ data }) => data)).toEqual([{ n: 1, phones: [{}] }, expect.objectContaining({ name: 'Bo' }), {}]);
  });

  it('is not taken for one where an event says something else, or is not encrypted', async () => {
    await write('c-1', named('Anna'));
    await appendAtHead(logOver(target, registry, personal()), 'c-1', [named('Berta', { id: (await read(source))[0]!.id })]);
    await expect(compared()).rejects.toThrow('revision 0 of c-1 as its event 1, with another content than the source');
    target = openMemoryEventLog();
    await appendAtHead(storedLogOver(target), 'c-1', [(await read(source))[0] as NewEvent]);
    await expect(compared()).rejects.toThrow(NotACopy);
    await expect(compared()).rejects.toThrow('which is not encrypted');
  });

  it('is not made where nobody can say what is personal, or where a key was lost', async () => {
    await write('c-1', newEvent({ type: 'unheard-of' }));
    await expect(encrypted()).rejects.toThrow(EventNotUnderstood);
    source = openMemoryEventLog();
    await write('c-1', newEvent({ type: 'named', schemaVersion: 2 }));
    await expect(encrypted()).rejects.toThrow('newer than this version');
    source = openMemoryEventLog();
    await write('c-2', named('Anna'));
    await appendAtHead(logOver(source, registry, personal()), 'c-2', [named('Anna')]);
    rows.keys.clear();
    await expect(encrypted()).rejects.toThrow('the key of c-2 is not in the store of subject keys');
    expect([rows.keys.size, await rawOf(target)]).toEqual([0, []]);
  });
});
