import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { openKeyStore } from '#platform';
import { createKafka, ensureTopics, topicSpecs, topicsOf } from '#streaming';
import { appendAtHead } from '#testing/append-at-head.js';
import { describeWithKafka } from '#testing/engines/given-engines.js';
import { type ReadRecord, readTopic } from '#testing/engines/read-topic.js';
import { newEvent } from '#testing/new-event.js';
import { messageChecker } from '../api/asyncapi-messages.js';
import { type ChildApi, spawnApi, spawnProgram } from '../api/child-api.js';
import { call, inbound, temporaryFolder } from '../api/test-api.js';
import { appendCompany, openEncryptedLog } from '../bench/company-log.js';

const PARTITIONS = 4;

describeWithKafka('the example subscriber', (brokers) => {
  const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
  let folder: string;
  let remove: () => void;
  let key: string;
  let prefix: string;
  let api: ChildApi;
  /** Without the one who was erased. */
  let customers: readonly string[];
  const running: ReturnType<typeof spawnProgram>[] = [];

  /** A company that was there before, one customer of it erased, and the API with its relay upon it. */
  beforeEach(async () => {
    ({ folder, remove } = temporaryFolder());
    prefix = `subscriber-${randomUUID()}`;
    const log = await openEncryptedLog(folder, `sqlite:${path.join(folder, 'chronicle.sqlite')}`);
    await appendCompany(log, 2_000, 40);
    const streams = new Set<string>();
    for await (const batch of log.readAll({ streamPrefix: 'relationship-' })) for (const { stream } of batch) streams.add(stream);
    const [erased, ...others] = [...streams];
    await appendAtHead(log, erased!, [newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' } })]);
    await log.close();
    customers = others.map((stream) => stream.slice('relationship-'.length));
    const keys = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
    key = (await keys.create({ role: 'service', actorId: 'spec', name: 'spec', now: new Date().toISOString() })).token;
    await keys.close();
    const environment = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: String(PARTITIONS) };
    api = await spawnApi({ LETOPIS_DATA: folder, ...environment });
  });
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    api.process.kill('SIGTERM');
    await Promise.all([api.exited, ...running.splice(0).map(({ exited }) => exited)]);
    remove();
  });

  const get = async (address: string) => (await call(api.url + address, { key })).body;
  const contact = (customer: string) => call(`${api.url}/customers/${customer}/contacts`, { key, body: inbound });

  /** Grants a consent, and once more what is granted: that is remembered in the stream, and the next sequence number is skipped. */
  const consentTwice = async (customer: string) => {
    const grant = { key, body: { channel: 'email', via: 'form' } };
    for (const again of [grant, { ...grant, headers: { 'idempotency-key': randomUUID() } }])
      await call(`${api.url}/customers/${customer}/consents/grant`, again);
  };

  /** @param name of its state and its group; the same again goes on where it was */
  function subscriber(name: string, topicPrefix = prefix) {
    const program = spawnProgram('test/examples/subscriber/main.js', {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: topicPrefix,
      LETOPIS_URL: api.url,
      LETOPIS_KEY: key,
      SUBSCRIBER_GROUP: `${prefix}.${name}`,
      SUBSCRIBER_STATE: path.join(folder, `${name}.sqlite`),
      RECONCILE_SECONDS: '0.2',
    });
    running.push(program);
    const said = async (what: string | RegExp) => {
      while (!program.output().match(what)) {
        if (program.child.exitCode !== null) throw new Error(program.output());
        await sleep(50);
      }
    };
    return { ...program, name, said };
  }

  interface Row {
    readonly id: string;
    readonly events: number;
    readonly contacts: number;
    readonly agreed: number;
  }
  function rowsOf(name: string): readonly Row[] {
    const db = new Database(path.join(folder, `${name}.sqlite`), { readonly: true });
    try {
      return db.prepare<[], Row>('SELECT * FROM customers ORDER BY id').all();
    } finally {
      db.close();
    }
  }
  /** Until it has every event that there is, and has found that all of them agree; on the way it never finds that any do not. */
  async function agreesWithAll({ name, output }: ReturnType<typeof subscriber>): Promise<readonly Row[]> {
    const { events } = await get('/feeds/relationship-events/reconcile?range=..');
    for (;;) {
      expect(output()).not.toMatch(/[1-9]\d* differ/);
      const rows = rowsOf(name);
      if (rows.every((row) => row.agreed === row.events) && rows.reduce((sum, row) => sum + row.events, 0) === events) return rows;
      await sleep(100);
    }
  }
  const relayed = async (): Promise<readonly ReadRecord[]> => {
    const { events } = await get('/feeds/relationship-events/reconcile?range=..');
    return readTopic(kafka, topicsOf(prefix).events, (records) => records.length >= events);
  };

  it('begins with the cards, follows the events, continues after a kill, and has everything', async () => {
    for (const customer of customers.slice(0, 5)) await consentTwice(customer);
    await relayed();
    const first = subscriber('first');
    await first.said(/begun with \d+ customers/);
    await first.said(`${customers.length + 1} customers agree, 0 differ`);
    for (const customer of customers.slice(5, 10)) await consentTwice(customer);
    for (const customer of customers.slice(0, 10)) await contact(customer);
    await agreesWithAll(first);

    first.child.kill('SIGKILL');
    await first.exited;
    for (const customer of customers.slice(5, 20)) await contact(customer);
    const again = subscriber('first');
    await again.said(/continues with the \d+ customers/);
    const rows = await agreesWithAll(again);
    again.child.kill('SIGTERM');
    expect((await again.exited).code).toBe(0);

    const { through: head } = await get('/feeds/relationship-events/reconcile?range=..');

    // One that begins now knows the same as one that was there all along, and as the chronicle itself.
    const late = subscriber('late');
    await late.said(/begun with \d+ customers/);
    expect(await agreesWithAll(late)).toEqual(rows);
    for (const customer of customers) {
      const { contacts } = (await call(`${api.url}/customers/${customer}`, { key, headers: { 'min-position': head } })).body;
      expect(rows.find(({ id }) => id === customer)).toMatchObject({ contacts });
    }
  });

  it('finds a record that was lost on the way', async () => {
    const records = await relayed();
    const cards = await readTopic(
      kafka,
      topicsOf(prefix).customers,
      (all) => new Set(all.map((card) => card.key)).size >= customers.length + 1,
    );
    // A mirror of the topics, as between data centres, that loses one record.
    const mirror = topicsOf(`${prefix}.mirror`);
    await ensureTopics(kafka, topicSpecs(mirror, PARTITIONS));
    const producer = kafka.producer();
    await producer.connect();
    const copy = (topic: string, copied: readonly ReadRecord[]) =>
      producer.send({ topic, messages: copied.map(({ key: of, value, headers }) => ({ key: of, value, headers: { ...headers } })) });
    await copy(mirror.customers, cards);
    const mirrored = subscriber('mirrored', `${prefix}.mirror`);
    await mirrored.said(`${customers.length + 1} customers agree, 0 differ`);

    const [unlucky, lucky] = customers as [string, string];
    for (const customer of [unlucky, lucky, unlucky, lucky]) await contact(customer);
    const known = new Set(records.map(({ headers }) => headers.ce_id));
    const more = (await relayed()).filter(({ headers }) => !known.has(headers.ce_id));
    expect(more).toHaveLength(4);
    const lost = more.find((record) => record.key === unlucky)!;
    await copy(
      mirror.events,
      more.filter((record) => record !== lost),
    );
    await mirrored.said(new RegExp(`${unlucky}: (\\d+) events [0-9a-f]{64} here, (?!\\1 )\\d+ events [0-9a-f]{64} there`));
    await agrees(lucky);
    expect(mirrored.output()).not.toMatch(new RegExp(`${lucky}: `));
    await producer.disconnect();

    async function agrees(customer: string): Promise<void> {
      const { events } = await get(`/feeds/relationship-events/reconcile?customer=${customer}`);
      for (;;) {
        const row = rowsOf('mirrored').find(({ id }) => id === customer)!;
        if (row.events === events && row.agreed === events) return;
        await sleep(100);
      }
    }
  });

  it('reads what the AsyncAPI document tells of, and what a range of the chronicle adds up to', async () => {
    const records = (await relayed()).toSorted((a, b) => (a.headers.ce_position! < b.headers.ce_position! ? -1 : 1));
    const cards = await readTopic(
      kafka,
      topicsOf(prefix).customers,
      (all) => new Set(all.map((card) => card.key)).size >= customers.length + 1,
    );
    const wrong = messageChecker(await get('/asyncapi.json'));
    const faults = [
      ...records.flatMap((record) => wrong(record.headers.ce_type!, record)),
      ...cards.flatMap((record) => wrong(record.value === null ? 'customer-tombstone' : 'customer', record)),
    ];
    expect(faults).toEqual([]);
    expect(cards.some(({ value }) => value === null)).toBe(true);

    const third = Math.floor(records.length / 3);
    const part = records.slice(third, 2 * third);
    const [from, to] = [records[third - 1], part.at(-1)].map((record) => record!.headers.ce_position);
    let hash: Buffer = Buffer.alloc(32);
    for (const { headers } of part) hash = createHash('sha256').update(hash).update(Buffer.from(headers.ce_contenthash!, 'hex')).digest();
    const answer = await get(`/feeds/relationship-events/reconcile?range=${from}..${to}`);
    expect(answer).toMatchObject({ events: part.length, hash: hash.toString('hex'), through: to, next: null });
  });
});
