import { randomUUID } from 'node:crypto';
import { createEventRegistry, type EventLog, type NewEvent, openEventLog, verifyEvent } from '#event-log';
import { eventDefinitions } from '#relationship';
import { describeWithKafka } from '#testing/engines/given-engines.js';
import { type ReadRecord, readTopic } from '#testing/engines/read-topic.js';
import { newEvent } from '#testing/new-event.js';
import { newPublishingKey, openedEvent, publishingKeysOf } from '#testing/published-values.js';
import { sequenceOf } from '../cloud-event.js';
import { countPublished } from '../count-published.js';
import { createKafka, ensureTopics, type StreamingLogger } from '../kafka.js';
import { emptyChain, extended } from '../rolling-hash.js';
import { topicSpecs, topicsOf } from '../topics.js';
import { runRelay } from './relay.js';

const registry = createEventRegistry(eventDefinitions);
const PARTITIONS = 3;

const registered = () => newEvent({ type: 'customer-registered', data: { kind: 'organisation', role: 'customer' } });
const contact = (id: number, more: object = {}) =>
  newEvent({
    type: 'contact-recorded',
    data: { contactId: `contact-${id}`, channel: 'portal', direction: 'internal', purpose: 'service', participants: [], ...more },
  });
const deal = (id: number) =>
  newEvent({
    type: 'deal-opened',
    data: {
      dealId: `0198a2f0-7b1c-7${String(id).padStart(15, '0')}`,
      title: `deal number ${id}`,
      stage: 'lead',
      funnelVersion: 1,
      expectedValue: { minor: 1000, currency: 'EUR' },
      products: [],
    },
  });
const several = <Item>(count: number, of: (at: number) => Item): readonly Item[] => Array.from({ length: count }, (_, at) => of(at));

/** Those four inputs stopped the relay for good when its batches were sized by count. */
describeWithKafka('the relay and records that are large', (url) => {
  let log: EventLog;
  let stopping: AbortController;
  let running: Promise<void>;
  const key = newPublishingKey();
  const kafka = createKafka({ brokers: [url], clientId: 'spec' });
  beforeEach(async () => {
    log = await openEventLog('memory:', { registry });
    stopping = new AbortController();
  });
  afterEach(async () => {
    stopping.abort();
    await running;
    await log.close();
  });

  const warnings: object[] = [];
  const faults: object[] = [];
  const logger: StreamingLogger = {
    info: () => undefined,
    warn: (details) => void warnings.push(details),
    error: (details) => void faults.push(details),
  };

  /** What the topics hold after these streams were published, each of them once, in order, and as it is reconciled. */
  async function published(streams: Readonly<Record<string, readonly NewEvent[]>>, maxMessageBytes?: number) {
    const topics = topicsOf(`large-${randomUUID()}`);
    if (maxMessageBytes !== undefined) {
      const smaller = topicSpecs(topics, PARTITIONS).map((spec) => ({
        ...spec,
        configEntries: spec.configEntries!.map((entry) =>
          entry.name === 'max.message.bytes' ? { ...entry, value: String(maxMessageBytes) } : entry,
        ),
      }));
      await ensureTopics(kafka, smaller);
    }
    for (const [stream, events] of Object.entries(streams)) await log.append(stream, 'none', events);
    let withoutValue = 0;
    const onProgress = (progress: { readonly withoutValue: number }) => {
      withoutValue += progress.withoutValue;
    };
    faults.length = 0;
    running = runRelay({
      log,
      registry,
      kafka,
      topics,
      partitions: PARTITIONS,
      publishingKeys: publishingKeysOf(key),
      signal: stopping.signal,
      logger,
      onProgress,
    });
    const count = Object.values(streams).reduce((sum, { length }) => sum + length, 0);
    const events = await readTopic(kafka, topics.events, (records) => records.length >= count);
    const customers = await readTopic(
      kafka,
      topics.customers,
      (records) => new Set(records.map(({ key }) => key)).size >= Object.keys(streams).length,
    );
    expect(events).toHaveLength(count);
    for (const [stream, own] of Object.entries(streams)) {
      const records = events.filter(({ headers }) => headers.ce_subject === stream);
      expect(records.map(({ headers }) => headers.ce_sequence)).toEqual(own.map((_, revision) => sequenceOf(revision)));
      const chain = records.reduce((before, { headers }) => extended(before, headers.ce_contenthash!), emptyChain);
      expect(chain).toEqual({ events: own.length, hash: (await countPublished(log.readRaw({ stream }), verifyEvent, registry)).hash });
    }
    expect(faults).toEqual([]);
    return { events, customers, withoutValue };
  }
  const referring = (records: readonly ReadRecord[]) =>
    records.filter(({ headers }) => headers.ce_dataref !== undefined).map(({ key, value, headers }) => [key, value, headers.ce_dataref]);

  it('publishes 1,900 bare contacts of one customer', async () => {
    const { events, customers } = await published({ 'relationship-one': [registered(), ...several(1_900, (i) => contact(i))] });
    expect(referring([...events, ...customers])).toEqual([]);
  });

  it('publishes a contact as large as the limit of bodies, whole where the relay made the topic, else without its value', async () => {
    const labels = Object.fromEntries(several(4_975, (i) => [`l${i}`, 'x'.repeat(200)]));
    const streams = () => ({ 'relationship-one': [registered(), contact(1, { labels }), contact(2)] });
    const whole = await published(streams());
    expect(referring(whole.events)).toEqual([]);
    expect(JSON.parse(openedEvent(whole.events[1]!, key)!).labels).toEqual(labels);
    stopping.abort();
    await running;

    await log.close();
    log = await openEventLog('memory:', { registry });
    stopping = new AbortController();
    const smaller = await published(streams(), 1_000_000);
    expect(referring(smaller.events)).toEqual([['one', null, '/feeds/relationship-events/relationship-one/1']]);
    expect(smaller.withoutValue).toBe(1);
    expect(warnings).toContainEqual(expect.objectContaining({ key: 'one', sequence: sequenceOf(1) }));
  });

  it('publishes the card of a customer with 6,000 open deals', async () => {
    const { events, customers, withoutValue } = await published({
      'relationship-one': [registered(), ...several(6_000, deal)],
      'relationship-two': [registered()],
    });
    expect(referring(events)).toEqual([]);
    const last = new Map(customers.map((record) => [record.key, record]));
    expect(referring([...last.values()])).toEqual([['one', '', '/feeds/customers/one/6000']]);
    expect(withoutValue).toBeGreaterThan(0);
  });

  it('publishes the cards of 600 customers with 24 open deals, more than a MiB a partition in one transaction', async () => {
    const streams = Object.fromEntries(several(600, (i) => [`relationship-c${i}`, [registered()] as NewEvent[]]));
    for (let round = 0; round < 24; round++) for (let i = 0; i < 600; i++) streams[`relationship-c${i}`]!.push(deal(i * 24 + round));
    const { events, customers } = await published(streams);
    expect(referring([...events, ...customers])).toEqual([]);
  });
});
