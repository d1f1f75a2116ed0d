import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { copyEvents, createEventRegistry, type DomainEvent, type EventLog, logOver, NOTHING_COPIED, openEventLog } from '#event-log';
import { openMemoryEventLog } from '#event-log/memory/memory-event-log.js';
import { cardProjection } from '#projections/card/projection.js';
import { foldCustomer } from '#projections/fold.js';
import { eventDefinitions } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { describeWithKafka, describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startKafka } from '#testing/engines/kafka.js';
import { type ReadRecord, readTopic } from '#testing/engines/read-topic.js';
import { withOpaquePositions } from '#testing/opaque-positions.js';
import { newPublishingKey, openedCard, openedEvent, publishingKeysOf } from '#testing/published-values.js';
import { keyOf, sequenceOf } from '../cloud-event.js';
import { customerRecordOf } from '../customer-record.js';
import { createKafka, ensureTopics, type StreamingLogger } from '../kafka.js';
import { emptyChain, extended } from '../rolling-hash.js';
import { type Topics, topicSpecs, topicsOf } from '../topics.js';
import { checkpointRecord } from './checkpoint.js';
import { type RelayOptions, runRelay } from './relay.js';

const registry = createEventRegistry(eventDefinitions);
const logger: StreamingLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const at = '2026-11-22T21:14:47.000Z';

let made = 0;
const event = (type: string, data: unknown, schemaVersion = 1) => {
  const id = `event-${++made}`;
  return {
    id,
    type,
    schemaVersion,
    occurredAt: at,
    recordedAt: at,
    actor: { kind: 'system', id: 'spec' },
    correlationId: id,
    commandId: id,
    data,
  } as const;
};
const registered = (displayName: string) => event('customer-registered', { kind: 'person', role: 'customer', displayName });
const contacted = () =>
  event('contact-recorded', { contactId: randomUUID(), channel: 'phone', direction: 'inbound', purpose: 'information', participants: [] });

async function everything(log: EventLog): Promise<readonly DomainEvent[]> {
  const events: DomainEvent[] = [];
  for await (const batch of log.readAll()) events.push(...batch);
  return events;
}
const ids = (records: readonly { readonly headers: Readonly<Record<string, string>> }[]) => records.map(({ headers }) => headers.ce_id!);

/** Each event once, and those of a customer in the order of the stream. */
function expectExactlyOnceInOrder(records: readonly ReadRecord[], events: readonly DomainEvent[]): void {
  expect(ids(records).sort()).toEqual(events.map(({ id }) => id).sort());
  const ofCustomer = (key: string) => records.filter((record) => record.key === key);
  for (const key of new Set(events.map(({ stream }) => keyOf(stream)))) {
    const own = events.filter(({ stream }) => keyOf(stream) === key);
    expect(ids(ofCustomer(key))).toEqual(own.map(({ id }) => id));
    expect(new Set(ofCustomer(key).map(({ partition }) => partition)).size).toBe(1);
  }
}

describeWithKafka('the relay', (url) => {
  let log: EventLog;
  let stopping: AbortController;
  const topics = () => topicsOf(`spec-${randomUUID()}`);
  const kafka = createKafka({ brokers: [url], clientId: 'spec', logger });
  beforeEach(async () => {
    log = await openEventLog('memory:', { registry });
    stopping = new AbortController();
  });
  afterEach(async () => {
    stopping.abort();
    await log.close();
  });
  const relay = (options: Partial<RelayOptions> & Pick<RelayOptions, 'topics'>) =>
    runRelay({ log, registry, kafka, partitions: 3, signal: stopping.signal, logger, ...options });
  /** Runs until the topic holds so many events, and stops. */
  const publishes = async (from: EventLog, names: Topics, count: number) => {
    const run = new AbortController();
    const begun = Promise.withResolvers<void>();
    const running = relay({ log: from, topics: names, signal: run.signal, onProgress: () => begun.resolve() });
    await Promise.race([begun.promise, running]);
    const records = await read(names.events, count);
    run.abort();
    await running;
    return records;
  };
  const read = async (topic: string, count: number) => readTopic(kafka, topic, (records) => records.length >= count);

  it('publishes every event once and in order, over restarts too, as CloudEvents without personal fields', async () => {
    const names = topics();
    const customers = Array.from({ length: 5 }, () => randomUUID());
    for (const id of customers) await log.append(`relationship-${id}`, 'none', [registered('Nadia Ward')]);
    for (let round = 0; round < 3; round++) {
      const run = new AbortController();
      const running = relay({ topics: names, signal: run.signal });
      for (let i = 0; i < 40; i++) await appendAtHead(log, `relationship-${customers[i % 5]}`, [contacted()]);
      await read(names.events, 5 + 40 * (round + 1));
      run.abort();
      await running;
    }
    const events = await everything(log);
    const records = await read(names.events, events.length);
    expectExactlyOnceInOrder(records, events);
    expect(records.find(({ headers }) => headers.ce_id === events[0]!.id)).toMatchObject({
      key: customers[0],
      value: '{"kind":"person","role":"customer"}',
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_type: 'customer-registered',
        ce_source: '/letopis',
        ce_subject: `relationship-${customers[0]}`,
        ce_time: at,
        ce_sequence: sequenceOf(0),
        ce_position: events[0]!.position,
      },
    });
    expect(JSON.stringify(records)).not.toContain('Nadia');
  });

  it('keeps each customer’s card, takes it away when the customer is erased, and has names as ciphertext only, and where it is told to', async () => {
    const [names, telling] = [topics(), topics()];
    const [anna, boris] = [randomUUID(), randomUUID()];
    for (const id of [anna, boris]) await log.append(`relationship-${id}`, 'none', [registered('Nadia Ward'), contacted()]);
    await appendAtHead(log, `relationship-${boris}`, [event('customer-erased', { code: 'unstated' }, 2)]);
    void relay({ topics: names });
    const key = newPublishingKey();
    void relay({ topics: telling, publishingKeys: publishingKeysOf(key) });
    const latest = async (topic: string) =>
      new Map((await readTopic(kafka, topic, (records) => records.length >= 2)).map(({ key, value }) => [key, value]));
    const cards = await latest(names.customers);
    const own = (await everything(log)).filter(({ stream }) => stream.endsWith(anna));
    const customer = {
      card: foldCustomer(cardProjection, own)!,
      last: own.at(-1)!,
      chain: own.reduce((chain, { hash }) => extended(chain, hash), emptyChain),
    };
    expect(cards.get(boris)).toBeNull();
    expect(cards.get(anna)).toBe(customerRecordOf(customer).value);
    expect(JSON.parse(cards.get(anna)!)).toMatchObject({ customerId: anna, status: 'active', channels: { phone: { inbound: 1 } } });
    expect(cards.get(anna)).not.toContain('Nadia');
    const told = (await readTopic(kafka, telling.customers, (records) => records.length >= 2)).filter((record) => record.key === anna);
    expect(told.at(-1)!.value).not.toContain('Nadia');
    expect(JSON.parse(openedCard(told.at(-1)!, key)!)).toMatchObject({ displayName: 'Nadia Ward' });
    const events = await readTopic(kafka, telling.events, (records) => records.length >= 5);
    expect(JSON.stringify(events)).not.toContain('Nadia');
    expect(events.filter((record) => openedEvent(record, key)?.includes('Nadia')).map((record) => record.key)).toContain(anna);
  });

  it('goes on in a copy of the log, whose positions are others, behind the event that it published last', async () => {
    const names = topics();
    const [moved, copied] = [openMemoryEventLog(), openMemoryEventLog()];
    const source = logOver(moved, registry);
    const target = logOver(withOpaquePositions(copied), registry);
    const id = randomUUID();
    await source.append(`relationship-${id}`, 'none', [registered('Nadia Ward'), contacted()]);
    await publishes(source, names, 2);
    await appendAtHead(source, `relationship-${id}`, [contacted()]);
    for await (const { events } of copyEvents(moved, copied, NOTHING_COPIED)) expect(events).toBe(3);
    await appendAtHead(target, `relationship-${id}`, [contacted()]);
    const records = await publishes(target, names, 4);
    expectExactlyOnceInOrder(records, await everything(target));
  });

  it('names the event of a checkpoint that a former version committed without it, so that an idle log can be copied', async () => {
    const names = topics();
    await log.append(`relationship-${randomUUID()}`, 'none', [registered('Nadia Ward')]);
    await publishes(log, names, 1);
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: names.checkpoints, messages: [checkpointRecord({ position: await log.head() })] });
    await producer.disconnect();
    await publishes(log, names, 1);
    const checkpoints = (await read(names.checkpoints, 5)).filter(({ key }) => key === 'relay').map(({ value }) => JSON.parse(value!));
    const [event] = await everything(log);
    const named = { position: event!.position, event: { stream: event!.stream, revision: 0, id: event!.id } };
    // Whether a former version published personal fields in plain text is not known.
    expect(checkpoints).toEqual([{ ...named, neverPlain: true }, { position: event!.position }, named]);
  });

  it('publishes nothing from a log that does not hold the event that it published last, and says what to do', async () => {
    const names = topics();
    await log.append(`relationship-${randomUUID()}`, 'none', [registered('Nadia Ward')]);
    await publishes(log, names, 1);
    const other = await openEventLog('memory:', { registry });
    await other.append(`relationship-${randomUUID()}`, 'none', [registered('Boris Hall')]);
    await expect(relay({ log: other, topics: names })).rejects.toMatchObject({
      name: 'CheckpointUnknown',
      message: expect.stringContaining('a copy of it made by `letopis copy-log`'),
    });
  });

  it('sends nothing of a command that is remembered, and no new card because of it', async () => {
    const names = topics();
    const stream = `relationship-${randomUUID()}`;
    const remembered = () => event('command-remembered', {});
    await log.append(stream, 'none', [registered('Nadia Ward'), remembered()]);
    let reached = '';
    const onProgress: RelayOptions['onProgress'] = ({ position = reached }) => {
      reached = position;
    };
    void relay({ topics: names, onProgress });
    await read(names.customers, 1);
    await appendAtHead(log, stream, [remembered()]);
    while (reached < (await log.head())) await sleep(20);
    await appendAtHead(log, stream, [contacted()]);
    const events = (await everything(log)).filter(({ type }) => type !== 'command-remembered');
    const cards = await read(names.customers, 2);
    expect((await read(names.events, 2)).map(({ headers }) => [headers.ce_type, headers.ce_sequence])).toEqual([
      ['customer-registered', sequenceOf(0)],
      ['contact-recorded', sequenceOf(3)],
    ]);
    expect(cards.map(({ headers, value }) => [headers.letopis_sequence, headers.letopis_events, JSON.parse(value!).revision])).toEqual([
      [sequenceOf(0), '1', 0],
      [sequenceOf(3), '2', 3],
    ]);
    expect(cards.map(({ headers }) => headers.letopis_position)).toEqual(events.map(({ position }) => position));
  });

  it('gives way to the one that was started after it, and takes over when that one is gone', async () => {
    const names = topics();
    const standsBy = Promise.withResolvers<void>();
    const first = relay({ topics: names, silenceMs: 1_000, onStandBy: standsBy.resolve });
    await log.append('relationship-a', 'none', [registered('A')]);
    await read(names.events, 1);
    const second = new AbortController();
    let begun: () => void = () => undefined;
    const publishing = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const running = relay({ topics: names, signal: second.signal, onProgress: () => begun() });
    await publishing;
    await log.append('relationship-b', 'none', [registered('B')]);
    await standsBy.promise;
    expectExactlyOnceInOrder(await read(names.events, 2), await everything(log));
    // As long as nothing is left to publish it stands by.
    await appendAtHead(log, 'relationship-b', [event('command-remembered', {})]);
    await sleep(3_000);
    second.abort();
    await running;
    await log.append('relationship-c', 'none', [registered('C')]);
    const published = (await everything(log)).filter(({ type }) => type !== 'command-remembered');
    expectExactlyOnceInOrder(await read(names.events, 3), published);
    await log.append('relationship-d', 'none', [registered('D')]);
    await read(names.events, 4);
    stopping.abort();
    await first;
  });

  it('publishes an event that it does not understand without its value, no card after it, and everybody else', async () => {
    const names = topics();
    const beamed = {
      type: 'customer-beamed',
      version: 1,
      schema: Type.Object({}),
      personal: [],
      published: 'customer-beamed',
      description: '.',
    };
    const adapter = openMemoryEventLog();
    const upgraded = createEventRegistry([...eventDefinitions, beamed]);
    const newer = logOver(adapter, upgraded);
    await appendAtHead(newer, 'relationship-a', [registered('A'), event('customer-beamed', {}), contacted()]);
    await appendAtHead(newer, 'relationship-b', [registered('B')]);
    const running = relay({ topics: names, log: logOver(adapter, registry) });
    const records = await read(names.events, 4);
    const shown = records.map(({ key, value, headers }) => [key, headers.ce_type, value === null, headers.ce_dataref]);
    expect(shown.filter(([key]) => key === 'a')).toEqual([
      ['a', 'customer-registered', false, undefined],
      ['a', 'customer-beamed', true, '/feeds/relationship-events/relationship-a/1'],
      ['a', 'contact-recorded', false, undefined],
    ]);
    const cards = await read(names.customers, 2);
    expect(cards.map(({ key, headers }) => [key, headers.letopis_events]).sort()).toEqual([
      ['a', '1'],
      ['b', '1'],
    ]);
    stopping.abort();
    await running;

    const again = new AbortController();
    const afterUpgrade = relay({ topics: names, log: newer, registry: upgraded, signal: again.signal });
    const all = await read(names.customers, 3);
    expect(all.filter(({ key }) => key === 'a').map(({ headers }) => headers.letopis_events)).toEqual(['1', '3']);
    await appendAtHead(newer, 'relationship-b', [contacted()]);
    expect(await read(names.events, 5)).toHaveLength(5);
    again.abort();
    await afterUpgrade;
    await newer.close();
  });

  it('refuses a topic that is not as the contract wants it, saying what would be right', async () => {
    const names = topics();
    await ensureTopics(kafka, topicSpecs(names, 2));
    await expect(relay({ topics: names, partitions: 6 })).rejects.toMatchObject({
      name: 'TopicMismatch',
      message: expect.stringContaining(`${names.events} has 2 partitions; 6 are required`),
    });
  });
});

describeWithOwnServers('the relay of a broker that is not there', () => {
  it('waits until it is, and continues after it was killed', async () => {
    const server = await startKafka();
    await server.stop();
    const log = await openEventLog('memory:', { registry });
    const kafka = createKafka({ brokers: [server.url], clientId: 'spec' });
    const topics = topicsOf('spec');
    const stopping = new AbortController();
    const faults: object[] = [];
    const running = runRelay({
      ...{ log, registry, kafka, topics, partitions: 2, signal: stopping.signal },
      logger: { ...logger, error: (details) => faults.push(details) },
    });
    try {
      await log.append('relationship-a', 'none', [registered('A')]);
      while (faults.length === 0) await sleep(50);
      expect(faults[0]).toMatchObject({ error: 'StreamingUnavailable' });
      await server.start();
      await readTopic(kafka, topics.events, (records) => records.length >= 1);
      await server.kill();
      for (let i = 0; i < 20; i++) await appendAtHead(log, 'relationship-a', [contacted()]);
      await server.start();
      const events = await everything(log);
      expectExactlyOnceInOrder(await readTopic(kafka, topics.events, (records) => records.length >= events.length), events);
    } finally {
      stopping.abort();
      await running;
      await log.close();
      await server.dispose();
    }
  });
});
