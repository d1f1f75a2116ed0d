import { createRequire } from 'node:module';
import type { Producer, ProducerBatch } from 'kafkajs';
import { type Batch, createEventRegistry, type NewEvent, openEventLog, verifyEvent } from '#event-log';
import { eventDefinitions } from '#relationship';
import { newEvent } from '#testing/new-event.js';
import { newPublishingKey, publishingKeysOf } from '#testing/published-values.js';
import { sequenceOf } from '../cloud-event.js';
import { countPublished } from '../count-published.js';
import { createCards } from '../customer-record.js';
import type { StreamingLogger, TopicSettings } from '../kafka.js';
import { emptyChain, extended } from '../rolling-hash.js';
import { topicSpecs, topicsOf } from '../topics.js';
import { type OutgoingRecord, sizeOfRecord } from './record-size.js';
import { createBatchSender } from './send-batch.js';

const require = createRequire(import.meta.url);
type Encoded = { size(): number };
const encodeRecord: (record: object) => Encoded = require('kafkajs/src/protocol/recordBatch/record/v0');
const encodeBatch: (batch: object) => Encoded = require('kafkajs/src/protocol/recordBatch/v0').RecordBatch;

const registry = createEventRegistry(eventDefinitions);
const topics = topicsOf('spec');
const PARTITIONS = 12;
const head = '9'.repeat(20) as never;

type Sent = OutgoingRecord & { readonly topic: string; readonly partition: number };

/** A broker that takes batches of a size, as Kafka does: of one partition, in one request. */
const broker = (maxMessageBytes: number) => {
  const committed: Sent[] = [];
  const largest = { batch: 0, request: 0 };
  const producer = {
    async transaction() {
      const sent: Sent[] = [];
      return {
        async sendBatch({ topicMessages = [] }: ProducerBatch) {
          let request = 0;
          for (const { topic, messages } of topicMessages) {
            const batches = Map.groupBy(messages, ({ partition }) => partition!);
            for (const [partition, records] of batches) {
              const encoded = (
                await (encodeBatch({ records: records.map((record) => encodeRecord(record)) }) as unknown as Promise<Encoded>)
              ).size();
              if (encoded > maxMessageBytes) throw Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
              largest.batch = Math.max(largest.batch, encoded);
              request += encoded;
              for (const record of records) sent.push({ ...(record as unknown as OutgoingRecord), topic, partition });
            }
          }
          largest.request = Math.max(largest.request, request);
        },
        async commit() {
          committed.push(...sent);
        },
        isActive: () => false,
      };
    },
  } as unknown as Producer;
  return { producer, committed, largest };
};

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
      stage: 'lead',
      funnelVersion: 1,
      expectedValue: { minor: 1000, currency: 'EUR' },
      products: [],
    },
  });

/** What is published of these streams under a limit, after everything that must hold of it was looked at. */
const publish = async (streams: Readonly<Record<string, readonly NewEvent[]>>, maxMessageBytes = 1_048_588, perBatch = 2_000) => {
  const log = await openEventLog('memory:', { registry });
  for (const [stream, events] of Object.entries(streams)) await log.append(stream, 'none', events);
  const all: Batch[number][] = [];
  for await (const batch of log.readAll()) all.push(...batch);
  const { producer, committed, largest } = broker(maxMessageBytes);
  const warnings: { readonly topic?: string }[] = [];
  const logger: StreamingLogger = { info: () => undefined, warn: (details) => warnings.push(details), error: () => undefined };
  const details: ReadonlyMap<string, TopicSettings> = new Map(
    topicSpecs(topics, PARTITIONS).map(({ topic, numPartitions }) => [
      topic,
      { partitions: numPartitions, maxMessageBytes, compression: 'producer' },
    ]),
  );
  const { send } = createBatchSender(producer, details, createCards(log, registry), {}, undefined, {
    registry,
    topics,
    publishingKeys: publishingKeysOf(newPublishingKey()),
    neverPlain: true,
    logger,
  });
  let withoutValue = 0;
  for (let at = 0; at < all.length; at += perBatch) withoutValue += (await send(all.slice(at, at + perBatch), head)).withoutValue;

  const events = committed.filter(({ topic }) => topic === topics.events);
  // Order and sequence of each customer, and what is reconciled, as if nothing were large.
  for (const stream of Object.keys(streams)) {
    const own = events.filter(({ headers }) => headers!.ce_subject === stream);
    expect(own.map(({ headers }) => headers!.ce_sequence)).toEqual(streams[stream]!.map((_, revision) => sequenceOf(revision)));
    expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
    const chain = own.reduce((before, { headers }) => extended(before, headers!.ce_contenthash!), emptyChain);
    expect(chain).toEqual({ events: chain.events, hash: (await countPublished(log.readRaw({ stream }), verifyEvent, registry)).hash });
  }
  expect(committed.at(-1)).toMatchObject({ topic: topics.checkpoints, key: 'relay' });
  expect(warnings).toHaveLength(withoutValue);
  expect(largest.request).toBeLessThan(10 << 20);
  await log.close();
  const customers = committed.filter(({ topic }) => topic === topics.customers);
  return { events, customers, withoutValue, warnings, largest };
};

describe('what the relay sends under the 1 MiB that a topic takes', () => {
  it('is measured as the client writes it, or a little more', () => {
    for (const record of [
      { key: 'c', value: null },
      { key: 'c', value: '' },
      { key: 'ж'.repeat(30), headers: { ce_id: 'ю', ce_type: 'x'.repeat(200) }, value: '😀'.repeat(100_000) },
    ]) {
      const written = encodeRecord(record).size();
      expect(sizeOfRecord(record)).toBeGreaterThanOrEqual(written);
      expect(sizeOfRecord(record)).toBeLessThan(written + 64);
    }
  });

  it('is 1,900 bare contacts of one customer, in several requests of one transaction', async () => {
    const contacts = Array.from({ length: 1_900 }, (_, i) => contact(i));
    const { events, withoutValue } = await publish({ 'relationship-one': [registered(), ...contacts] });
    expect(events).toHaveLength(1_901);
    expect(withoutValue).toBe(0);
  });

  it('is a contact that is larger, without its value and with the place where it is', async () => {
    const labels = Object.fromEntries(Array.from({ length: 4_975 }, (_, i) => [`l${i}`, 'x'.repeat(200)]));
    const { events, withoutValue, warnings } = await publish({ 'relationship-one': [registered(), contact(1, { labels }), contact(2)] });
    expect(events.map(({ value, headers }) => [value === null, headers!.ce_dataref])).toEqual([
      [false, undefined],
      [true, '/feeds/relationship-events/relationship-one/1'],
      [false, undefined],
    ]);
    expect(withoutValue).toBe(1);
    expect(warnings[0]).toMatchObject({ topic: topics.events, key: 'one', sequence: sequenceOf(1) });
  });

  it('is a card with thousands of open deals, empty and no tombstone', async () => {
    const deals = Array.from({ length: 4_500 }, (_, i) => deal(i));
    const { customers, events, withoutValue } = await publish({
      'relationship-one': [registered(), ...deals],
      'relationship-two': [registered()],
    });
    expect(events.every(({ value }) => value !== null)).toBe(true);
    expect(customers.map(({ key, value, headers }) => [key, value === '', headers!.ce_dataref, headers!.letopis_sequence])).toEqual([
      ['one', false, undefined, sequenceOf(1999)],
      ['one', true, '/feeds/customers/one/3999', sequenceOf(3999)],
      ['one', true, '/feeds/customers/one/4500', sequenceOf(4500)],
      ['two', false, undefined, sequenceOf(0)],
    ]);
    expect(withoutValue).toBe(2);
  });

  it('is the cards of 2,000 customers with 14 open deals', async () => {
    const streams = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, i) => [
        `relationship-c${i}`,
        [registered(), ...Array.from({ length: 14 }, (_, d) => deal(i * 14 + d))],
      ]),
    );
    const { customers, withoutValue, largest } = await publish(streams, undefined, 30_000);
    expect(new Set(customers.map(({ key }) => key)).size).toBe(2_000);
    expect(withoutValue).toBe(0);
    expect(largest.batch).toBeLessThan(1 << 20);
  });

  it('is all records without values where the topic takes hardly more than headers', async () => {
    const { events, customers, withoutValue } = await publish(
      { 'relationship-one': [registered(), contact(1, { summary: 'x'.repeat(4_000) })] },
      2_048,
    );
    expect(events.map(({ value }) => value === null)).toEqual([false, true]);
    expect(customers.map(({ value }) => value === '')).toEqual([false]);
    expect(withoutValue).toBe(1);
  });
});
