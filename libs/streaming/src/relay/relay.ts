import type { Kafka, Producer } from 'kafkajs';
import type { Batch, EventCatalogue, EventLog, Position } from '#event-log';
import { coalesced } from '#projections/runner/coalesced.js';
import { customerIdOf } from '#relationship/streams.js';
import { client } from '../client.js';
import { eventRecordOf } from '../cloud-event.js';
import { createCards, customerRecordOf, type Followed } from '../customer-record.js';
import { RelayFenced, TopicMismatch, UnpublishableEvent } from '../errors.js';
import { ensureTopics, isOfType, type StreamingLogger } from '../kafka.js';
import { keepTrying } from '../keep-trying.js';
import { type Topics, topicSpecs } from '../topics.js';
import { checkpointRecord, readCheckpoint } from './checkpoint.js';

export interface RelayOptions {
  /** Its events at the version that the registry knows. */
  readonly log: Pick<EventLog, 'subscribe' | 'readStream'>;
  readonly registry: Pick<EventCatalogue, 'get'>;
  readonly kafka: Kafka;
  readonly topics: Topics;
  /** Wanted of the topics that have customers for keys. */
  readonly partitions: number;
  /** Whether personal fields go along. */
  readonly personal: boolean;
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** Called when it begins to publish, and for each batch that the brokers have committed. */
  readonly onProgress?: (progress: RelayProgress) => void;
  /** Called before each pause while the brokers are away. */
  readonly onInterrupted?: () => void;
}

export interface RelayProgress {
  readonly position: Position | undefined;
  /** Events of this batch; 0 when it begins. */
  readonly published: number;
}

/** Events of one transaction: what it costs to end one is spread over so many. */
const TRANSACTION_EVENTS = 2_000;

/**
 * Publishes every event of the log once, in order, until the signal; waits and begins again where it left off while the brokers are away.
 * What is sent, and how far it reaches, is committed in one transaction; whoever starts later under the same transactional id puts an end to
 * whatever the former had under way.
 * @throws RelayFenced when another relay has taken over
 * @throws UnpublishableEvent, TopicMismatch: nothing goes on before somebody has put that right
 */
export const runRelay = async (options: RelayOptions): Promise<void> => {
  const { signal, logger, topics, onInterrupted } = options;
  const isFinal = (error: unknown) => error instanceof RelayFenced || error instanceof UnpublishableEvent || error instanceof TopicMismatch;
  await keepTrying((committed) => publish(options, committed), {
    signal,
    logger,
    name: 'relay',
    topic: topics.events,
    isFinal,
    ...(onInterrupted && { onInterrupted }),
  });
};

async function publish(options: RelayOptions, committed: () => void): Promise<void> {
  const { log, kafka, topics, partitions, signal, logger, onProgress = () => undefined } = options;
  await ensureTopics(kafka, topicSpecs(topics, partitions));
  const producer = kafka.producer({
    transactionalId: `${topics.events}.relay`,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 60_000,
    // The one of the Java client, so that everyone agrees which partition a customer is in.
    createPartitioner: client().Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    const after = await readCheckpoint(kafka, producer, topics);
    logger.info({ topic: topics.events, after }, 'relay publishes');
    onProgress({ position: after, published: 0 });
    const cards = createCards(log, options.registry);
    for await (const { events, head } of coalesced(
      log.subscribe({ ...(after !== undefined && { after }), signal }),
      TRANSACTION_EVENTS,
      0,
    )) {
      const published = await send(producer, events, head, cards, options);
      committed();
      onProgress({ position: head, published });
    }
  } catch (error) {
    throw isOfType(error, 'PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH') ? new RelayFenced() : error;
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

async function send(
  producer: Producer,
  events: Batch,
  head: Position,
  customerAfter: ReturnType<typeof createCards>,
  { registry, topics, personal }: RelayOptions,
): Promise<number> {
  const records = [];
  const touched = new Map<string, Followed>();
  for (const event of events) {
    const record = eventRecordOf(event, registry.get(event.type), { personal });
    if (record === undefined) continue;
    records.push(record);
    if (customerIdOf(event.stream) !== undefined) touched.set(event.stream, await customerAfter(event));
  }
  if (records.length === 0) return 0;
  const customers = [...touched.values()].map((customer) => customerRecordOf(customer, { personal }));
  const transaction = await producer.transaction();
  try {
    await transaction.sendBatch({
      topicMessages: [
        { topic: topics.events, messages: records.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })) },
        { topic: topics.customers, messages: customers },
        { topic: topics.checkpoints, messages: [checkpointRecord(head)] },
      ],
    });
    await transaction.commit();
  } catch (error) {
    if (transaction.isActive()) await transaction.abort().catch(() => undefined);
    throw error;
  }
  return records.length;
}
