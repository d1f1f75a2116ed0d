import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import type { Kafka } from 'kafkajs';
import { createLogger } from '#platform';
import { createKafka, ensureTopics, topicSpecs, topicsOf } from '#streaming';
import { client } from '#streaming/client.js';
import { describeWithKafka } from '#testing/engines/given-engines.js';
import { inbound, TestApi } from '../api/test-api.js';
import { binary, openInbound } from './inbound-topic.js';

const PARTITIONS = 3;
/** One or more topics as somebody else has made them. */
const madeOtherwise = async (
  kafka: Kafka,
  topics: readonly { readonly topic: string; readonly numPartitions: number }[],
  compression?: string,
) => {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = compression === undefined ? [] : [{ name: 'compression.type', value: compression }];
  await admin.createTopics({ topics: topics.map((topic) => ({ ...topic, configEntries })), waitForLeaders: true });
  await admin.disconnect();
};
const mended = async (kafka: Kafka, topic: string) => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count: PARTITIONS }] });
  await admin.disconnect();
};
const started = (brokers: string, prefix: string, lines: string[] = []) =>
  TestApi.start(
    { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: String(PARTITIONS) },
    createLogger('info', { write: (line) => void lines.push(line) }),
    async () => undefined,
  );
const until = async (api: TestApi, expected: Readonly<Record<string, unknown>>) => {
  for (;;) {
    const { status, body } = await api.get('/health/ready', { key: undefined as never });
    if (Object.entries(expected).every(([name, value]) => (name === 'http' ? status : body[name]) === value)) return body;
    await sleep(50);
  }
};

describeWithKafka('what comes in and what goes out', (brokers) => {
  const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });

  it('stand alone: a topic of contacts with too few partitions stops no relay, is told, and is taken once it is mended', async () => {
    const prefix = `spec-${randomUUID()}`;
    const topics = topicsOf(prefix);
    await madeOtherwise(kafka, [{ topic: topics.contacts, numPartitions: 1 }]);
    const api = await started(brokers, prefix);
    const customerId = await api.register();
    const body = await until(api, { http: 503, relay: 'running', inbound: 'restarting', inboundStalledBy: 'TopicMismatch' });
    expect(body).not.toHaveProperty('relayStalledBy');
    const metric = async (name: string) => Number(new RegExp(`^${name} ([\\d.]+)`, 'm').exec((await api.get('/metrics')).body)?.[1]);
    while ((await metric('letopis_relay_events_published_total')) !== 1) await sleep(50);
    while ((await metric('letopis_relay_lag_seconds')) !== 0) await sleep(50);

    await mended(kafka, topics.contacts);
    expect(await until(api, { http: 200, inbound: 'running' })).not.toHaveProperty('inboundStalledBy');
    const outside = await openInbound(kafka, prefix);
    await outside.send([binary({ id: 'one', customerId, data: inbound })]);
    await outside.untilRead();
    const { events } = (await api.get(`/customers/${customerId}/events`)).body;
    expect(events.map(({ type }: { readonly type: string }) => type)).toEqual(['customer-registered', 'contact-recorded']);
    await outside.close();
    await api.close();
  });

  it('stand alone the other way round: a topic of events with too few partitions stops no contact, and the relay goes on once it is mended', async () => {
    const prefix = `spec-${randomUUID()}`;
    const topics = topicsOf(prefix);
    const [events] = topicSpecs(topics, PARTITIONS).map(({ topic }) => topic);
    await ensureTopics(
      kafka,
      topicSpecs(topics, 1).filter(({ topic }) => topic === events),
    );
    const api = await started(brokers, prefix);
    const customerId = await api.register();
    await until(api, { http: 503, relay: 'restarting', relayStalledBy: 'TopicMismatch', inbound: 'running' });
    const outside = await openInbound(kafka, prefix);
    await outside.send([binary({ id: 'one', customerId, data: inbound })]);
    await outside.untilRead();
    expect((await api.get(`/customers/${customerId}/events`)).body.events).toHaveLength(2);
    await mended(kafka, topics.events);
    expect(await until(api, { http: 200, relay: 'running' })).not.toHaveProperty('relayStalledBy');
    await outside.close();
    await api.close();
  });

  it('a topic whose brokers compress as nobody here reads is told before anything is taken from it', async () => {
    const prefix = `spec-${randomUUID()}`;
    await madeOtherwise(kafka, [{ topic: topicsOf(prefix).contacts, numPartitions: PARTITIONS }], 'zstd');
    const lines: string[] = [];
    const api = await started(brokers, prefix, lines);
    await until(api, { http: 503, inbound: 'restarting', inboundStalledBy: 'TopicMismatch' });
    expect(lines.join('')).toContain('compression.type=zstd, which cannot be read; use uncompressed or gzip');
    await api.close();
  });

  it('a batch that is compressed so is passed over as one reject that names its offsets, and what comes after it is taken', async () => {
    const prefix = `spec-${randomUUID()}`;
    const { contacts } = topicsOf(prefix);
    await madeOtherwise(kafka, [{ topic: contacts, numPartitions: PARTITIONS }], 'producer');
    const lines: string[] = [];
    const api = await started(brokers, prefix, lines);
    const customerId = await api.register();
    await until(api, { http: 200, inbound: 'running' });
    expect(lines.join('')).toContain('set compression.type=uncompressed so that the brokers store readable batches');
    const { CompressionCodecs: codecs, CompressionTypes: types } = client();
    const reading = codecs[types.ZSTD]();
    codecs[types.ZSTD] = () => ({ ...reading, compress: async ({ buffer }: { readonly buffer: Buffer }) => zstdCompressSync(buffer) });
    const outside = await openInbound(kafka, prefix);
    const of = (id: string) => binary({ id, customerId, data: inbound });
    await outside.send([of('before')]);
    await outside.untilRead();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: contacts, compression: types.ZSTD, messages: Array.from({ length: 5 }, (_, n) => of(`lost-${n}`)) });
    await producer.disconnect();
    await outside.send([of('after')]);
    await outside.untilRead();
    expect(await outside.rejectCount()).toBe(1);
    const [reject] = await outside.rejects(1);
    expect(reject).toMatchObject({ key: null, value: null, headers: { letopis_topic: contacts, letopis_offset: '1' } });
    expect(JSON.parse(reject!.headers.letopis_reason!)).toMatchObject({
      ...{ type: '/problems/unreadable-batch', status: 415, compression: 'zstd', firstOffset: '1', lastOffset: '5' },
      detail: expect.stringContaining('Send its messages again, uncompressed or with gzip'),
    });
    const { events } = (await api.get(`/customers/${customerId}/events`)).body;
    expect(events.flatMap(({ source }: { readonly source?: { readonly id: string } }) => source?.id ?? [])).toEqual(['before', 'after']);
    await outside.close();
    await api.close();
  });
});
