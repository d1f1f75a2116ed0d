import type { Kafka } from 'kafkajs';
import type { EventCatalogue, EventLog, Position } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';
import { coalesced } from '#projections/runner/coalesced.js';
import { client } from '../client.js';
import { createCards, customerUpTo } from '../customer-record.js';
import { CheckpointUnknown, RelayFenced, TopicMismatch } from '../errors.js';
import { ensureTopics, isOfType, type StreamingLogger } from '../kafka.js';
import { interrupted, PAUSES } from '../keep-trying.js';
import type { PublishingKeys } from '../sealed-value.js';
import { type Topics, topicSpecs } from '../topics.js';
import { eventOf, readCheckpoint } from './checkpoint.js';
import { createBatchSender } from './send-batch.js';
import { standBy } from './stand-by.js';

export interface RelayOptions {
  /** Its events at the version that the registry knows. */
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'eventAt'>;
  readonly registry: Pick<EventCatalogue, 'get'>;
  readonly kafka: Kafka;
  readonly topics: Topics;
  /** Wanted of the topics that have customers for keys. */
  readonly partitions: number;
  /** Bytes of the largest body of a command, which topics that are made have room for. */
  readonly bodyLimit?: number;
  /** With which personal fields go along encrypted; absent: they are omitted. */
  readonly publishingKeys?: PublishingKeys | undefined;
  /** Of the API, where the values of records that are too large are found; the path alone is named when absent. */
  readonly publicUrl?: string | undefined;
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** Called when it begins to publish, and for each batch that the brokers have committed. */
  readonly onProgress?: (progress: RelayProgress) => void;
  /** Whether it waits until a topic that is not as wanted is put right, and does not end by it. */
  readonly waitsForTopics?: boolean;
  /** Called when another relay has taken over, which this one stands by for. */
  readonly onStandBy?: () => void;
  /** For so long a relay that has something to publish publishes nothing before one that stands by takes over, or up to twice as long; 20 s by default. */
  readonly silenceMs?: number;
  /** Called before each pause, while the brokers are away or a topic is not as wanted. */
  readonly onInterrupted?: (fault: Error) => void;
}

export interface RelayProgress {
  readonly position: Position | undefined;
  /** Events of this batch; 0 when it begins. */
  readonly published: number;
  /** Records, of events and of customers, that were too large for their topic and went without their value. */
  readonly withoutValue: number;
}

/** Events of one transaction: what it costs to end one is spread over so many. */
const TRANSACTION_EVENTS = 2_000;
/** Where those of the last one were larger, the next one has fewer events: it must end within its time, and be held in memory. */
const TRANSACTION_BYTES = 32 << 20;

/**
 * Publishes every event of the log once, in order, until the signal; waits and begins again where it left off while the brokers are away.
 * What is sent, and how far it reaches, is committed in one transaction; whoever starts later under the same transactional id puts an end to
 * whatever the former had under way, which then stands by until the later one is gone.
 * @throws CheckpointUnknown when the log does not hold the event that was published last
 * @throws TopicMismatch unless it waits: nothing goes on before somebody has put that right
 */
export const runRelay = async (options: RelayOptions): Promise<void> => {
  const { signal, logger, topics, waitsForTopics, onInterrupted, onStandBy } = options;
  let isFenced = false;
  const isFinal = (error: unknown) => error instanceof CheckpointUnknown || (error instanceof TopicMismatch && !waitsForTopics);
  const hindered = interrupted({ logger, name: 'relay', topic: topics.events, isFinal, onInterrupted });
  await followDurably<Outgoing>({
    async *items() {
      if (isFenced) await standBy(options);
      isFenced = false;
      yield* outgoing(options);
    },
    take: ({ publish }) => publish(),
    failed(error, next) {
      if (!(error instanceof RelayFenced)) return hindered(error, next);
      isFenced = true;
      logger.info({ topic: topics.events }, 'another relay has taken over; this one stands by');
      onStandBy?.();
    },
    signal,
    pauses: PAUSES,
  });
};

/** Events that are published together. */
interface Outgoing {
  readonly head: Position;
  publish(): Promise<void>;
}

/** What the brokers have not committed yet: what they have, they know better than whoever was interrupted. */
async function* outgoing(options: RelayOptions): AsyncGenerator<Outgoing> {
  const { log, kafka, topics, partitions, bodyLimit, signal, logger, onProgress = () => undefined } = options;
  // Its own alone: what comes in has nothing to do with what goes out.
  const own = [topics.events, topics.customers, topics.checkpoints];
  const details = await ensureTopics(
    kafka,
    topicSpecs(topics, partitions, bodyLimit).filter(({ topic }) => own.includes(topic)),
    logger,
  );
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
    const checkpoint = await fenced(readCheckpoint(kafka, producer, topics, true));
    const before = checkpoint && (await eventOf(log, checkpoint));
    const after = before?.position;
    const neverPlain = checkpoint === undefined || checkpoint.neverPlain === true;
    if (!neverPlain)
      logger.warn(
        { topic: topics.events },
        'a former version has published to these topics; if it included personal fields, they are there in plain text: publish under another KAFKA_TOPIC_PREFIX and delete these topics',
      );
    logger.info({ topic: topics.events, after }, 'relay publishes');
    onProgress({ position: after, published: 0, withoutValue: 0 });
    const { send, sendOwed, nameEvent } = createBatchSender(
      producer,
      details,
      createCards(log, options.registry),
      checkpoint?.owed ?? {},
      before,
      { ...options, neverPlain },
    );
    if (before && !checkpoint?.event) await fenced(nameEvent(before.position, before));
    if (after !== undefined) await fenced(sendOwed(after, (stream, revision) => customerUpTo(log, options.registry, stream, revision)));
    const gathered = coalesced(log.subscribe({ ...(after !== undefined && { after }), signal }), TRANSACTION_EVENTS, 0);
    let most = TRANSACTION_EVENTS;
    for await (const { events, head } of gathered) {
      let left = events;
      do {
        const some = left.slice(0, most);
        left = left.slice(most);
        const upTo = left.length === 0 ? head : some.at(-1)!.position;
        yield {
          head: upTo,
          async publish() {
            const { bytes, ...sent } = await fenced(send(some, upTo));
            onProgress({ position: upTo, ...sent });
            most = bytes > TRANSACTION_BYTES ? Math.max(1, most >> 2) : Math.min(TRANSACTION_EVENTS, most * 2);
          },
        };
      } while (left.length > 0);
    }
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

const fenced = <Result>(sending: Promise<Result>): Promise<Result> =>
  sending.catch((error) => {
    throw isOfType(error, 'PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH') ? new RelayFenced() : error;
  });
