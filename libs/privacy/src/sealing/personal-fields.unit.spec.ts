import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalEvent,
  createEventCatalogue,
  type DomainEvent,
  type EventLog,
  type EventLogAdapter,
  hashOf,
  logOver,
  type NewEvent,
  type SealedFields,
  type StoredEvent,
  storedLogOver,
  verifyEvent,
} from '#event-log';
import { openMemoryEventLog } from '#event-log/memory/memory-event-log.js';
import { collect, newEvent } from '#testing';
import type { SubjectKeyStore } from '../keys/subject-key-store.js';
import { type MasterKeys, MasterKeyUnavailable, masterKeyOf, masterKeysOf } from '../master-keys/master-keys.js';
import { type MemoryRows, newMemoryRows, openMemorySubjectKeys } from '../memory/memory-subject-keys.js';
import { KeyLost, SubjectErased } from './key-lost.js';
import { createPersonalFields } from './personal-fields.js';
import { createRecentKeys } from './recent-keys.js';
import { holdsEvent } from './subject-streams.js';

const definition = (type: string, personal: readonly string[] = []) => ({
  type,
  version: 1,
  schema: {},
  personal,
  published: null,
  description: '',
});
const registry = createEventCatalogue([
  definition('named', ['/name', '/address/street', '/phones/*/number', '/labels']),
  definition('counted'),
  definition('forgotten'),
  definition('sent', ['/messages/*/body']),
]);

let adapter: EventLogAdapter;
let rows: MemoryRows;
let store: SubjectKeyStore;
let asked: string[][];
let now: number;
let log: EventLog;
let stored: EventLog<StoredEvent>;

function open(): EventLog {
  const keys = createRecentKeys({
    store: {
      ensure: store.ensure,
      find: (subjects) => {
        asked.push([...subjects]);
        return store.find(subjects);
      },
    },
    withinMs: 10_000,
    now: () => now,
  });
  const personal = createPersonalFields({
    keys,
    registry,
    subjectOf(stream, { data }, pointer = '') {
      if (stream.startsWith('c-')) return stream;
      return (data as { messages?: { to: string }[] }).messages?.[Number(pointer.split('/')[2])]?.to;
    },
    isErased: (subject, streams) => holdsEvent('forgotten', subject, streams),
    erases: ({ type }) => type === 'forgotten',
  });
  return logOver(adapter, registry, personal);
}

beforeEach(() => {
  adapter = openMemoryEventLog();
  rows = newMemoryRows();
  store = openMemorySubjectKeys(rows);
  [asked, now] = [[], 0];
  log = open();
  stored = storedLogOver(adapter);
});

const anna = {
  name: 'Анна',
  address: { city: 'Köln', street: 'Domplatz 1' },
  phones: [{ kind: 'home', number: '1' }, { kind: 'work' }, { kind: 'work', number: '3' }],
  labels: { vip: 'since 2020', __proto__x: 'y' },
  tier: 3,
};
const named = (data: unknown = anna, over: Partial<NewEvent> = {}) => newEvent({ type: 'named', data, ...over });
const read = async (stream: string): Promise<DomainEvent[]> => collect(log.readStream(stream));
const storedIn = async (stream: string): Promise<StoredEvent[]> => collect(stored.readStream(stream));
const erase = async (subject: string) => {
  const last = (await storedIn(subject)).at(-1)!;
  await log.append(subject, last, [newEvent({ type: 'forgotten', data: {} })]);
  await store.erase([subject], '2026-12-01T00:00:00.000Z');
};

describe('an event with personal fields', () => {
  it('is stored without them, and read with them, each member in its place', async () => {
    await log.append('c-1', 'none', [named(anna, { source: { system: 'erp', id: 'row 7' } })]);
    const [event] = await storedIn('c-1');
    expect(event!.data).toEqual({ address: { city: 'Köln' }, phones: [{ kind: 'home' }, { kind: 'work' }, { kind: 'work' }], tier: 3 });
    expect(event!.source).toEqual({ system: 'erp', idHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(JSON.stringify(event)).not.toMatch(/Анна|Domplatz|since 2020|row 7/);
    const [again] = await read('c-1');
    expect([again!.data, again!.source]).toEqual([anna, { system: 'erp', id: 'row 7' }]);
    expect(again).not.toHaveProperty('sealed');
    // As an event is that was stored in canonical JSON.
    expect(Object.keys(again!.data as object)).toEqual(Object.keys(anna).sort());
    expect(again!.hash).toBe(event!.hash);
  });

  it('is one ciphertext for each subject, with a commitment that the plaintext proves', async () => {
    const messages = [{ to: 'c-1', body: { note: 'one' } }, { to: 'c-2', body: 'two' }, { to: 'c-1', body: 3 }, { body: 'plain' }];
    const event = newEvent({ type: 'sent', data: { messages } });
    await log.append('process-1', 'none', [event]);
    const [{ sealed = [], data }] = (await storedIn('process-1')) as [StoredEvent];
    expect(sealed.map(({ subject }) => subject)).toEqual(['c-1', 'c-2']);
    expect(data).toEqual({ messages: [{ to: 'c-1' }, { to: 'c-2' }, { to: 'c-1' }, { body: 'plain' }] });
    expect((await read('process-1'))[0]!.data).toEqual({ messages });
    const found = (await store.find(['c-2'])).get('c-2') as { key: { id: string } };
    expect(sealed[1]!.keyId).toBe(found.key.id);
    await erase2('c-2');
    expect((await read('process-1'))[0]!.data).toEqual({ messages: [messages[0], { to: 'c-2' }, messages[2], messages[3]] });
  });
  const erase2 = async (subject: string) => {
    await log.append(subject, 'none', [newEvent({ type: 'forgotten', data: {} })]);
    await store.erase([subject], '2026-12-01T00:00:00.000Z');
    now += 10_001;
  };

  it('has no ciphertext where nothing is personal, and needs no key', async () => {
    await log.append('c-1', 'none', [newEvent({ type: 'counted', data: { n: 1 } }), named({ tier: 1 })]);
    await log.append('policy-x', 'none', [named()]);
    expect((await storedIn('c-1')).map(({ sealed }) => sealed)).toEqual([undefined, undefined]);
    expect((await storedIn('policy-x'))[0]!.data).toEqual(anna);
    expect(rows.keys.size).toBe(0);
  });

  it('is sent with the same bytes again, and with others where it is another event', async () => {
    const event = named();
    const first = await log.append('c-1', 'none', [event]);
    expect(await log.append('c-1', 'none', [event])).toEqual(first);
    await log.append('c-1', first, [{ ...event, id: 'another' }]);
    const [one, two] = (await storedIn('c-1')).map(({ sealed }) => sealed![0]!);
    expect(one!.ciphertext).not.toBe(two!.ciphertext);
    expect(one!.commitment).not.toBe(two!.commitment);
  });

  it('is the same whatever its data are', async () => {
    const key = fc.string({ maxLength: 3 });
    const text = fc.string({ unit: 'grapheme' });
    const arbitrary = fc.record(
      {
        name: fc.oneof(text, fc.integer(), fc.constant(null), fc.dictionary(key, text)),
        address: fc.oneof(fc.record({ street: text, zip: text }, { requiredKeys: [] }), text),
        phones: fc.oneof(
          fc.array(fc.record({ number: text, kind: text }, { requiredKeys: [] })),
          fc.dictionary(key, fc.record({ number: text })),
        ),
        labels: fc.dictionary(key, fc.oneof(text, fc.record({ a: text }))),
        zone: text,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async (data) => {
        const plain = JSON.parse(JSON.stringify(data));
        await log.append(`c-${asked.length}-${Math.random()}`, 'none', [named(plain)]);
        const event = await log.eventAt(await log.head());
        const { text: canonical } = { text: canonicalEvent({ ...event!, data: plain } as never) };
        expect(event!.data).toEqual(plain);
        expect(JSON.stringify(event!.data)).toBe(JSON.stringify(JSON.parse(canonical).data));
      }),
    );
  });
});

describe('what somebody changed in the log', () => {
  const tampered = async (change: (sealed: SealedFields[]) => SealedFields[]): Promise<DomainEvent> => {
    await log.append('c-1', 'none', [named(), named({ name: 'Bea' })]);
    await log.append('c-2', 'none', [named()]);
    const events = await storedIn('c-1');
    const { position: _, hash: __, ...event } = events[0]!;
    const text = canonicalEvent({ ...event, sealed: change(events.flatMap(({ sealed }) => sealed ?? [])) } as never);
    const other = openMemoryEventLog();
    await other.append({
      stream: 'c-1',
      after: -1,
      previousHash: '0'.repeat(64),
      events: [{ type: 'named', text, hash: hashOf(text), command: null }],
    });
    adapter = other;
    return (await collect(open().readAll()))[0]!;
  };

  it('does not decrypt for another event, another subject, or other bytes, and says so of that event alone', async () => {
    const flipped = (text: string) =>
      Buffer.from(Buffer.from(text, 'base64').map((byte, at) => (at === 40 ? byte ^ 1 : byte))).toString('base64');
    const changes: ((sealed: SealedFields[]) => SealedFields[])[] = [
      ([, second]) => [second!],
      ([first]) => [{ ...first!, ciphertext: flipped(first!.ciphertext) }],
      ([first]) => [{ ...first!, ciphertext: '' }],
      ([first]) => [{ ...first!, nonce: '' }],
      ([first]) => [{ ...first!, nonce: Buffer.alloc(12).toString('base64') }],
    ];
    for (const change of changes) {
      expect(await tampered(change)).toMatchObject({ notUnderstood: 'sealed-differs' });
      adapter = openMemoryEventLog();
      rows = newMemoryRows();
      store = openMemorySubjectKeys(rows);
      log = open();
      stored = storedLogOver(adapter);
    }
  });

  it('is key-lost where it names another key', async () => {
    expect(await tampered(([first]) => [{ ...first!, keyId: 'other' }])).toMatchObject({ notUnderstood: 'key-lost' });
  });

  it('is found by its hash or its form', async () => {
    await log.append('c-1', 'none', [named()]);
    for await (const [raw] of log.readRaw()) {
      expect(verifyEvent(raw!).fault).toBeUndefined();
      const changed = raw!.text.replace(/"commitment":"./, '"commitment":"_');
      expect(verifyEvent({ ...raw!, text: changed }).fault).toMatchObject({ codes: ['hash-differs'] });
      const malformed = raw!.text.replace('"keyId":', '"keyID":');
      expect(verifyEvent({ ...raw!, text: malformed, hash: hashOf(malformed) }).fault).toMatchObject({ codes: ['sealed-malformed'] });
    }
  });
});

describe('a subject without a key', () => {
  it('is erased where the log says so: its personal fields are absent, and nothing of them can be appended', async () => {
    await log.append('c-1', 'none', [named(anna, { source: { system: 'erp', id: '7' } })]);
    await log.append('c-2', 'none', [named()]);
    await log.append('process-1', 'none', [newEvent({ type: 'sent', data: { messages: [{ to: 'c-1', body: 'x' }] } })]);
    const sentBy = async (by: EventLog) => (await collect(by.readStream('process-1')))[0]!.data;
    const other = open();
    expect(await sentBy(other)).toEqual({ messages: [{ to: 'c-1', body: 'x' }] });
    await log.append('c-1', (await storedIn('c-1')).at(-1)!, [newEvent({ type: 'forgotten', data: {} })]);
    // Whoever has read so decrypts nothing any more, although the key is still there.
    const [first] = await read('c-1');
    expect([first!.data, first!.source, first!.notUnderstood]).toEqual([(await storedIn('c-1'))[0]!.data, { system: 'erp' }, undefined]);
    expect(await sentBy(log)).toEqual({ messages: [{ to: 'c-1' }] });
    // Whoever has not uses no key for longer than it was confirmed.
    await store.erase(['c-1'], '2026-12-01T00:00:00.000Z');
    expect(await sentBy(other)).toEqual({ messages: [{ to: 'c-1', body: 'x' }] });
    now += 10_001;
    expect(await sentBy(other)).toEqual({ messages: [{ to: 'c-1' }] });
    expect((await read('c-2'))[0]!.data).toEqual(anna);
    const last = (await storedIn('c-1')).at(-1)!;
    await expect(log.append('c-1', last, [named()])).rejects.toThrow(SubjectErased);
    const { hash } = await log.append('c-1', last, [newEvent({ type: 'counted', data: {}, source: { system: 'erp', id: '8' } })]);
    expect((await storedIn('c-1')).at(-1)).toMatchObject({ hash, source: { system: 'erp' } });
  });

  it('is left out of what is sent to several: the others get theirs, by one look at each stream', async () => {
    await log.append('c-1', 'none', [named()]);
    await erase('c-1');
    now += 10_001;
    const messages = Array.from({ length: 30 }, (_, i) => ({ to: `c-${i + 1}`, body: `to ${i + 1}` }));
    const counted = newEvent({ type: 'counted', data: {} });
    const first = await log.append('process-1', 'none', [counted]);
    const reads = jest.spyOn(adapter, 'readStream');
    await log.append('process-1', first, [newEvent({ type: 'sent', data: { messages } })]);
    // Of each customer: whether it was erased, and whether its stream names a key.
    const streams = reads.mock.calls.map(([stream]) => stream);
    expect([streams.filter((each) => each === 'process-1').length, streams.length]).toEqual([1, 1 + 2 * 29]);
    const [{ to }, ...others] = messages as [(typeof messages)[0]];
    expect((await read('process-1'))[1]!.data).toEqual({ messages: [{ to }, ...others] });
  });

  it('has lost it where the log does not: nothing is taken for forgotten, no other key is made, and others go on', async () => {
    await log.append('c-1', 'none', [named()]);
    const head = await log.append('c-2', 'none', [named()]);
    rows.keys.delete('c-1');
    log = open();
    expect((await collect(log.readAll())).map(({ notUnderstood }) => notUnderstood)).toEqual(['key-lost', undefined]);
    const last = (await storedIn('c-1')).at(-1)!;
    await expect(log.append('c-1', last, [named()])).rejects.toThrow(KeyLost);
    expect(rows.keys.has('c-1')).toBe(false);
    await expect(log.append('c-2', head, [named()])).resolves.toMatchObject({ revision: 1 });
  });

  it('has not lost it where another makes it and appends with it while the key store answers', async () => {
    const other = open();
    const { find } = store;
    let answered = false;
    store.find = async (subjects) => {
      const found = await find(subjects);
      if (answered) return found;
      answered = true;
      await other.append('c-1', 'none', [named()]);
      return found;
    };
    const messages = [{ to: 'c-1', body: 'one' }];
    await log.append('process-1', 'none', [newEvent({ type: 'sent', data: { messages } })]);
    expect([(await read('c-1'))[0]!.data, (await read('process-1'))[0]!.data]).toEqual([anna, { messages }]);
    expect(rows.keys.size).toBe(1);
  });

  it('has lost it where the key store says erased and the log does not', async () => {
    await log.append('c-1', 'none', [named()]);
    await store.erase(['c-1'], '2026-12-01T00:00:00.000Z');
    now += 10_001;
    expect((await read('c-1'))[0]).toMatchObject({ notUnderstood: 'key-lost' });
  });
});

describe('the keys', () => {
  it('are asked for once for a batch, and again after the time for which they are confirmed', async () => {
    for (const subject of ['c-1', 'c-2', 'c-3']) await log.append(subject, 'none', [named(), named()]);
    asked = [];
    log = open();
    expect(await collect(log.readAll())).toHaveLength(6);
    expect(asked).toEqual([['c-1', 'c-2', 'c-3']]);
    now += 10_000;
    await collect(log.readAll());
    expect(asked).toHaveLength(1);
    now += 1;
    await collect(log.readAll());
    expect(asked).toHaveLength(2);
  });

  it('are one for a subject, however many append to its stream at once', async () => {
    const appends = await Promise.allSettled(Array.from({ length: 5 }, () => open().append('c-1', 'none', [named()])));
    expect(appends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await read('c-1'))[0]!.data).toEqual(anna);
    expect(rows.keys.size).toBe(1);
  });

  it('stop no other subject where one of them is damaged', async () => {
    await log.append('c-1', 'none', [named()]);
    await log.append('c-2', 'none', [named()]);
    const row = rows.keys.get('c-1')! as { wrapped: Buffer };
    row.wrapped[20]! ^= 1;
    log = open();
    expect((await collect(log.readAll())).map(({ notUnderstood }) => notUnderstood)).toEqual(['key-lost', undefined]);
  });

  it('are not lost while the master key of some is missing or its source gives none: reads and appends of these fail until it is there again', async () => {
    const [master, other] = [masterKeyOf(randomBytes(32)), masterKeyOf(randomBytes(32))];
    const others = masterKeysOf([other]);
    store = openMemorySubjectKeys(rows, masterKeysOf([master]));
    log = open();
    await log.append('c-1', 'none', [named()]);
    const away: MasterKeys = {
      current: others.current,
      get: (id) => (id === master.id ? Promise.reject(new MasterKeyUnavailable('KMS is away')) : others.get(id)),
    };
    for (const masterKeys of [others, away]) {
      store = openMemorySubjectKeys(rows, masterKeys);
      log = open();
      const unavailable = { name: 'EventLogUnavailable' };
      const last = (await storedIn('c-1')).at(-1)!;
      const [reading, appending, beside] = await Promise.allSettled([
        read('c-1'),
        log.append('c-1', last, [named()]),
        log.append(`c-${randomBytes(4).toString('hex')}`, 'none', [named()]),
      ]);
      expect([reading, appending]).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
      expect(beside).toMatchObject({ status: 'fulfilled' });
    }
    store = openMemorySubjectKeys(rows, masterKeysOf([master]));
    log = open();
    expect((await read('c-1'))[0]!.data).toEqual(anna);
  });
});

it('a stored ciphertext is AES-256-GCM with the stream, the event and the key as its additional data', async () => {
  const { createDecipheriv } = await import('node:crypto');
  const event = named({ name: 'Anna' });
  await log.append('c-1', 'none', [event]);
  const [{ sealed }] = (await storedIn('c-1')) as [StoredEvent];
  const { subject, keyId, nonce, ciphertext, commitment } = sealed![0]!;
  const found = (await store.find(['c-1'])).get('c-1') as { key: { key: ReturnType<typeof createSecretKey> } };
  const bytes = Buffer.from(ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', found.key.key, Buffer.from(nonce, 'base64'));
  decipher.setAAD(Buffer.from(JSON.stringify(['c-1', event.id, 'named', 1, subject, keyId]))).setAuthTag(bytes.subarray(-16));
  const blinded = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
  expect(blinded.subarray(32).toString()).toBe('{"/data/name":"Anna"}');
  expect(createHash('sha256').update(blinded).digest('base64')).toBe(commitment);
});
