import { hkdfSync, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { openKeyStore, openSubjectKeyStore, readConfiguration } from '#platform';
import type { Role } from '#relationship';
import { createKafka, topicsOf } from '#streaming';
import { describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startKafka } from '#testing/engines/kafka.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { spawnApi } from '../api/child-api.js';
import { call, temporaryFolder } from '../api/test-api.js';

/** Bytes that are looked for, and what they are. */
type Needles = ReadonlyMap<string, Buffer>;

const filesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((each) =>
        each.isFile() ? [path.join(each.parentPath, each.name)] : [],
      )
    : [];

const BATCH_HEADER = 61;
/** By the attributes of a batch of records (KIP-98). */
const codecs: readonly ((bytes: Buffer) => Buffer)[] = [
  (bytes) => bytes,
  gunzipSync,
  unreadable('snappy'),
  unreadable('lz4'),
  zstdDecompressSync,
];

/** What is not looked through is no finding, so it fails. */
function unreadable(codec: string) {
  return (): never => {
    throw new Error(`a batch is compressed with ${codec}, which this test cannot unpack`);
  };
}

const ZEROS = Buffer.alloc(64 << 10);

/** Indexes of segments are made larger than they are. */
function withoutZerosBehind(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end >= ZEROS.length && bytes.subarray(end - ZEROS.length, end).equals(ZEROS)) end -= ZEROS.length;
  return bytes.subarray(0, end);
}

/** The bytes of a file, and those of what is compressed in it. */
function contentsOf(file: string): readonly Buffer[] {
  const bytes = withoutZerosBehind(readFileSync(file));
  if (!file.endsWith('.log')) return [bytes];
  const unpacked: Buffer[] = [];
  for (let at = 0; at + BATCH_HEADER <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length || end <= at + 12) break;
    const codec = bytes.readInt16BE(at + 21) & 7;
    if (bytes[at + 16] === 2 && codec !== 0) unpacked.push(codecs[codec]!(bytes.subarray(at + BATCH_HEADER, end)));
    at = end;
  }
  return [bytes, ...unpacked];
}

/** `<what> in <file>` of all that is found. */
const foundIn = (folders: readonly string[], needles: Needles): readonly string[] =>
  folders.flatMap(filesIn).flatMap((file) => {
    const contents = contentsOf(file);
    return [...needles].flatMap(([what, bytes]) => (contents.some((each) => each.includes(bytes)) ? [`${what} in ${file}`] : []));
  });

const textNeedles = (text: string): readonly (readonly [string, Buffer])[] => [
  [`${text} (UTF-8)`, Buffer.from(text)],
  [`${text} (UTF-16LE)`, Buffer.from(text, 'utf16le')],
  [`${text} (UTF-16BE)`, Buffer.from(text, 'utf16le').swap16()],
  [`${text} (as escaped in JSON)`, Buffer.from([...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''))],
];
const keyNeedles = (what: string, key: Buffer): readonly (readonly [string, Buffer])[] => [
  [what, key],
  [`${what} (hex)`, Buffer.from(key.toString('hex'))],
  [`${what} (base64)`, Buffer.from(key.toString('base64'))],
];

describeWithOwnServers('after the erasure of customers, in the bytes of every file', () => {
  let kafkaServer: Awaited<ReturnType<typeof startKafka>>;
  const { folder, remove } = temporaryFolder();
  let api: Awaited<ReturnType<typeof spawnApi>> | undefined;
  beforeAll(async () => {
    kafkaServer = await startKafka();
  });
  afterAll(async () => {
    api?.process.kill('SIGTERM');
    await api?.exited;
    await kafkaServer.dispose();
    remove();
  });

  it('there is no personal value and no key, except where the certificate says so and until when', async () => {
    const prefix = `erased-${randomUUID()}`;
    const environment = {
      LETOPIS_DATA: folder,
      ...{ KAFKA_BROKERS: kafkaServer.url, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '2', RELAY_PERSONAL_FIELDS: 'include' },
      PROCESSES: 'embedded',
    };
    api = await spawnApi(environment);
    const { url } = api;
    const keyStore = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
    const now = new Date().toISOString();
    const keyFor = async (role: Role, actorId: string) => (await keyStore.create({ role, actorId, name: '', now })).token;
    const [supervisor, admin, mailing] = [
      await keyFor('supervisor', 'one'),
      await keyFor('admin', 'two'),
      await keyFor('subscriber', 'mailing'),
    ];
    await keyStore.close();
    const post = async (address: string, body: object, key = supervisor) => {
      const answer = await call(url + address, { key, body });
      expect({ address, status: answer.status, body: answer.status < 300 || answer.body }).toEqual({
        address,
        status: answer.status,
        body: true,
      });
      return answer.body;
    };
    const get = async (address: string, key = supervisor) => (await call(url + address, { key })).body;

    // Each value stands nowhere else; some are not in Latin letters.
    const planted = new Map<string, string[]>();
    const plant = (customerId: string, what: string) => {
      const value = `${what}${randomUUID().slice(0, 13)}ж`;
      planted.set(customerId, [...(planted.get(customerId) ?? []), value]);
      return value;
    };
    const erased = ['gone-1', 'gone-2', 'gone-3'];
    await post('/subscribers', { subscriberId: 'mailing', contact: 'dpo@example.org', deadlineDays: 1 }, admin);
    for (const customerId of [...erased, 'stays']) {
      const say = (what: string) => plant(customerId, what);
      const at = `/customers/${customerId}`;
      await post('/customers', { customerId, kind: 'person', displayName: say('Имя') });
      await post(`${at}/identifiers`, { kind: 'email-as-given', value: say('mail') });
      await post(`${at}/profile`, { person: { property: say('flat'), preferences: [say('likes')] } });
      await post(`${at}/contacts`, { channel: 'phone', direction: 'inbound', purpose: 'service', summary: say('summary') });
      await post(`${at}/contacts/plan`, {
        ...{ channel: 'phone', direction: 'outbound', purpose: 'service' },
        ...{ plannedFor: '2099-01-01T00:00:00Z', summary: say('plan') },
      });
      await post(`${at}/promises`, { promiseId: 'p', text: say('promise'), dueAt: '2099-01-01T00:00:00Z' });
      await post(`${at}/deals`, { dealId: 'd', title: say('deal') });
      await post(`${at}/deals/d/lose`, { reason: 'other', note: say('note') });
      await post(`${at}/complaints`, { complaintId: 'm', summary: say('complaint') });
      for (let i = 0; i < 5; i++)
        await post(`${at}/contacts`, { channel: 'email', direction: 'inbound', purpose: 'service', summary: say(`mail ${i} `.repeat(20)) });
      await get(`${at}/timeline`);
      await get(`/customers?name=${encodeURIComponent(planted.get(customerId)![0]!)}`);
      expect((await get(`${at}/publishing-key`, mailing)).keyId).toMatch(/./);
    }
    // One message that is taken, and one that is rejected, as another system sent them.
    const kafka = createKafka({ brokers: [kafkaServer.url], clientId: 'spec' });
    const producer = kafka.producer();
    await producer.connect();
    const inbound = new Map<string, string>();
    for (const [customerId, channel] of [
      ['gone-1', 'phone'],
      ['gone-2', 7],
    ] as const) {
      const summary = `inbound${randomUUID().slice(0, 13)}ж`;
      inbound.set(customerId, summary);
      await producer.send({
        topic: topicsOf(prefix).contacts,
        compression: 1,
        messages: [
          {
            key: customerId,
            headers: {
              'content-type': 'application/json',
              ce_specversion: '1.0',
              ce_source: '/spec',
              ce_id: randomUUID(),
              ce_type: 'record-contact',
            },
            value: JSON.stringify({ customerId, channel, direction: 'inbound', purpose: 'service', summary }),
          },
        ],
      });
    }
    await producer.disconnect();
    await readTopic(kafka, topicsOf(prefix).rejected, (records) => records.length >= 1);
    while (!JSON.stringify(await get('/customers/gone-1/timeline')).includes(inbound.get('gone-1')!)) await sleep(100);

    const subjectKeys = await openSubjectKeyStore(readConfiguration({ LETOPIS_DATA: folder }).subjectKeys);
    const streams = [...erased, 'stays'].map((id) => `relationship-${id}`);
    const keys = new Map(
      [...(await subjectKeys.find(streams))].flatMap(([stream, found]) =>
        found.kind === 'key' ? [[stream, found.key.key.export()] as const] : [],
      ),
    );
    await subjectKeys.close();
    const rows = new Database(path.join(folder, 'subject-keys.sqlite'), { readonly: true });
    const wrapped = new Map(
      rows
        .prepare<[], { subject: string; bytes: Buffer }>('SELECT subject, bytes FROM keys JOIN wrapped USING (number)')
        .all()
        .map(({ subject, bytes }) => [subject, bytes]),
    );
    rows.close();
    expect([keys.size, streams.every((stream) => wrapped.has(stream))]).toEqual([4, true]);
    const needlesOf = (ids: readonly string[]): Needles =>
      new Map(
        ids.flatMap((id) => {
          const stream = `relationship-${id}`;
          const key = keys.get(stream)!;
          const publishing = Buffer.from(hkdfSync('sha256', key, '', 'letopis/publishing/v1', 32));
          return [
            ...planted.get(id)!.flatMap(textNeedles),
            ...keyNeedles(`key of ${id}`, key),
            ...keyNeedles(`publishing key of ${id}`, publishing),
            ...keyNeedles(`wrapped key of ${id}`, wrapped.get(stream)!),
          ];
        }),
      );

    for (const id of erased) {
      await post(`/customers/${id}/erasure`, {});
      await post(`/customers/${id}/erasure/confirm`, {}, admin);
    }
    for (const id of erased) {
      while ((await get(`/customers/${id}/erasure`)).status !== 'erased') await sleep(100);
      await post(`/customers/${id}/erasure/receipts`, {}, mailing);
    }
    const certificates = new Map<string, { places: { place: string; outcome: string; until?: string }[]; disclosures: object[] }>();
    for (const id of erased) {
      while ((await get(`/customers/${id}/erasure`)).status !== 'completed') await sleep(200);
      certificates.set(id, (await get(`/customers/${id}/erasure`)).certificate);
    }

    const broker = kafkaServer.folder;
    const everywhere = [folder, `${folder}.keep`, broker];
    // With the API running: nothing waits for its end to be removed.
    expect(foundIn(everywhere, needlesOf(erased))).toEqual([]);
    // The same search finds what is still there: of who stays, in the views and the key store.
    const left = foundIn(everywhere, needlesOf(['stays']));
    expect(left.filter((each) => each.includes('views.sqlite')).length).toBeGreaterThan(10);
    expect(left.filter((each) => each.startsWith('wrapped key of stays in'))).not.toEqual([]);
    expect(left.filter((each) => each.includes(broker))).toEqual([]);

    // What other systems sent is in the topics that the certificates name, until then.
    for (const [id, summary] of inbound) {
      const files = foundIn(everywhere, new Map(textNeedles(summary)));
      const topics = new Set(files.map((each) => each.slice(each.indexOf(prefix) + prefix.length + 1).replace(/-\d+\/.*$/, '')));
      expect([...topics].sort()).toEqual(id === 'gone-1' ? ['contacts.inbound.v1'] : ['contacts.inbound.v1', 'contacts.rejected.v1']);
      const { places, disclosures } = certificates.get(id)!;
      for (const place of ['kafka-contacts', 'kafka-rejected'])
        expect(places).toContainEqual(expect.objectContaining({ place, outcome: 'kept', until: expect.anything() }));
      expect(disclosures).toEqual([expect.objectContaining({ subscriberId: 'mailing', receiptAt: expect.anything() })]);
    }
    api.process.kill('SIGTERM');
    await api.exited;
    expect(foundIn(everywhere, needlesOf(erased))).toEqual([]);
  });
});
