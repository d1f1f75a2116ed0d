import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Kafka, Partitioners, type ProducerBatch } from 'kafkajs';
import { createEventRegistry, type EventLog, openEventLog } from '#event-log';
import { eventDefinitions } from '#relationship';
import { createKafka, ensureTopics, runRelay, type StreamingLogger, type Topics, topicSpecs, topicsOf } from '#streaming';
import { appendCompany } from './company-log.js';
import { withKafka } from './given-servers.js';
import type { Report } from './report.js';
import { inTurns, stopwatch, type Taken } from './rounds.js';

const EVENTS = Math.min(Number(process.env.LETOPIS_BENCH_EVENTS ?? 50_000), 200_000);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 3);
const EVENTS_PER_CUSTOMER = 20;
const PARTITIONS = 12;
const registry = createEventRegistry(eventDefinitions);
const logger: StreamingLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => console.error(message, fields),
};

/** The relay, from a log that stands still to Kafka, beside a producer that has the same records ready and sends the same transactions. */
export const run = (report: Report): Promise<void> => withKafka('relay', (brokers) => measure(brokers, report));

async function measure(brokers: string, report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`, { registry });
  const kafka = createKafka({ brokers: brokers.split(','), clientId: 'letopis-bench' });
  try {
    await appendCompany(log, EVENTS, Math.ceil(EVENTS / EVENTS_PER_CUSTOMER));
    const transactions: ProducerBatch[][] = [];
    const recorded = topicsOf(`bench-${randomUUID()}`);
    await relayed(recording(kafka, transactions), log, recorded);
    await sent(kafka, transactions, recorded);
    const records = transactions.flat().flatMap(({ topicMessages = [] }) => topicMessages.filter(({ topic }) => topic === recorded.events));
    const events = records.reduce((sum, { messages }) => sum + messages.length, 0);
    const { ours, bare } = await inTurns(
      ROUNDS,
      () => relayed(kafka, log, topicsOf(`bench-${randomUUID()}`)),
      () => sent(kafka, transactions, recorded),
    );
    const ratio = bare.seconds / ours.seconds;
    const perSecond = ({ seconds }: Taken) => (events * ROUNDS) / seconds;
    const goal = 'ratio >= 0.5';
    report({ name: `relay.${events}`, value: perSecond(ours), unit: 'events/s', limit: perSecond(bare), ratio, goal, holds: ratio >= 0.5 });
    const cpu = ({ cpuSeconds }: Taken) => (cpuSeconds * 1e6) / (events * ROUNDS);
    report({ name: 'relay.cpu', value: cpu(ours), unit: 'µs/event', limit: cpu(bare), ratio: cpu(bare) / cpu(ours) });
  } finally {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it takes the relay to publish the log, from the moment when it is connected. */
async function relayed(kafka: Kafka, log: EventLog, topics: Topics): Promise<Taken> {
  const head = await log.head();
  const stopping = new AbortController();
  let since = stopwatch();
  let taken: Taken | undefined;
  await runRelay({
    log,
    registry,
    kafka,
    topics,
    partitions: PARTITIONS,
    signal: stopping.signal,
    logger,
    onProgress({ position }) {
      if (position === undefined) since = stopwatch();
      if (position !== head) return;
      taken = since();
      stopping.abort();
    },
  });
  await deleteTopics(kafka, topics);
  return taken!;
}

/** The limit: a bare transactional producer, and nothing to do but to send. */
async function sent(kafka: Kafka, transactions: readonly (readonly ProducerBatch[])[], recorded: Topics): Promise<Taken> {
  const topics = topicsOf(`bench-${randomUUID()}`);
  const fresh = new Map(Object.entries(recorded).map(([name, topic]) => [topic, topics[name as keyof Topics]]));
  await ensureTopics(kafka, topicSpecs(topics, PARTITIONS));
  const producer = kafka.producer({
    transactionalId: `${topics.events}.bare`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const since = stopwatch();
  for (const batches of transactions) {
    const transaction = await producer.transaction();
    for (const { topicMessages = [] } of batches)
      await transaction.sendBatch({ topicMessages: topicMessages.map(({ topic, messages }) => ({ topic: fresh.get(topic)!, messages })) });
    await transaction.commit();
  }
  const taken = since();
  await producer.disconnect();
  await deleteTopics(kafka, topics);
  return taken;
}

async function deleteTopics(kafka: Kafka, topics: Topics): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: Object.values(topics) });
  await admin.disconnect();
}

/** The same client; what is sent in transactions is kept too. */
function recording(kafka: Kafka, transactions: ProducerBatch[][]): Kafka {
  const producer: Kafka['producer'] = (config) => {
    const inner = kafka.producer(config);
    return {
      ...inner,
      async transaction() {
        const transaction = await inner.transaction();
        const batches: ProducerBatch[] = [];
        transactions.push(batches);
        return {
          ...transaction,
          sendBatch(batch) {
            batches.push(batch);
            return transaction.sendBatch(batch);
          },
        };
      },
    };
  };
  return Object.assign(Object.create(kafka), { producer });
}
