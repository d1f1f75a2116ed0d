import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { persistently } from '#async';
import { client } from '../client.js';
import { ensureTopics, type StreamingLogger, UNREADABLE } from '../kafka.js';
import { keepTrying } from '../keep-trying.js';
import { type Topics, topicSpecs } from '../topics.js';
import type { InboundMessage } from './inbound-event.js';
import { type Reason, type RejectRecord, rejectRecordOf } from './reject-record.js';
import { sendRejects } from './send-rejects.js';
import { settleBatch } from './settle-batch.js';
import { prepareForUnreadable, withoutStandIns } from './unreadable-batch.js';

export type InboundOutcome =
  /** What it made happen is durable; `duplicate`: has been so before. */
  | { readonly kind: 'accepted' | 'duplicate' }
  | { readonly kind: 'rejected'; readonly reason: Reason }
  /** Nothing is wrong with the message: it is tried again until it is one of the others. */
  | { readonly kind: 'unavailable'; readonly reason: Reason };
export type SettledOutcome = Exclude<InboundOutcome, { readonly kind: 'unavailable' }>;

export interface InboundOptions {
  readonly kafka: Kafka;
  readonly topics: Topics;
  /** Wanted of the topic of contacts. */
  readonly partitions: number;
  /** Bytes of the largest body of a command, which topics that are made have room for. */
  readonly bodyLimit?: number;
  /** Does what a message says, once however often it is called with it. Never throws. */
  readonly accept: (message: InboundMessage) => Promise<InboundOutcome>;
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** Called when it begins to take messages, and when it has to start over, with the name of the error. */
  readonly onState?: (state: 'running' | 'restarting', reason?: string) => void;
  /** Called for each message that is settled. */
  readonly onSettled?: (outcome: SettledOutcome) => void;
}

/** Of one partition, and partitions: as many appends share a commit of the log. */
const MESSAGES_AT_ONCE = 64;
const PARTITIONS_AT_ONCE = 4;
/** How soon another process takes over the partitions of one that was killed. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const OUTAGE_LOGGED_EVERY_MS = 10_000;
const PAUSES = { firstMs: 100, longestMs: 5_000 };

/**
 * Takes what others send to the topic of contacts, until the signal. A message counts as read when its events, or its reject, are durable:
 * what was under way when this process, the brokers or the engines went away is read again, and `accept` knows it by its id. A topic that is not
 * as wanted is waited for.
 */
export const runInbound = async (options: InboundOptions): Promise<void> => {
  const { signal, logger, topics, onState } = options;
  await keepTrying((gettingOn) => consume(options, gettingOn), {
    ...{ signal, logger, name: 'inbound', topic: topics.contacts },
    isFinal: () => false,
    onInterrupted: ({ name }) => onState?.('restarting', name),
  });
};

async function consume(options: InboundOptions, gettingOn: () => void): Promise<void> {
  const { kafka, topics, partitions, bodyLimit, signal, logger, onState } = options;
  const { contacts, rejected } = topics;
  const specs = topicSpecs(topics, partitions, bodyLimit).filter(({ topic }) => topic === contacts || topic === rejected);
  const producer = kafka.producer({ createPartitioner: client().Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({
    groupId: `${contacts}.letopis`,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: 500,
    // Restarted by us, with pauses that grow.
    retry: { restartOnFailure: async () => false },
  });
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const underWay = new Set<Promise<void>>();
  const settleOne = settling(options, ended);
  const over = crashOrSignal(consumer, signal);
  prepareForUnreadable();
  const connect = async () => {
    const { compression } = (await ensureTopics(kafka, specs, logger)).get(contacts)!;
    if (compression === 'producer')
      logger.warn(
        { topic: contacts, 'compression.type': compression },
        `batches compressed with ${UNREADABLE.join(', ')} cannot be read and go to the rejects; set compression.type=uncompressed so that the brokers store readable batches`,
      );
    signal.throwIfAborted();
    await Promise.all([producer.connect(), consumer.connect()]);
    await consumer.subscribe({ topics: [contacts], fromBeginning: true });
  };
  try {
    // Brokers that are away are waited for; whoever wants to stop meanwhile is not kept.
    await Promise.race([connect(), over]);
    if (signal.aborted) return;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      logger.info({ topic: contacts, partitions: memberAssignment[contacts] ?? [] }, 'inbound consumes contacts');
      onState?.('running');
    });
    await consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      async eachBatch(payload) {
        const batch = takeBatch(payload, settleOne, (records) => sendRejects(producer, rejected, records), options);
        underWay.add(batch);
        await batch.finally(() => underWay.delete(batch));
        gettingOn();
      },
    });
    await over;
  } finally {
    ending.abort();
    await consumer.disconnect().catch(() => undefined);
    await Promise.allSettled(underWay);
    await producer.disconnect().catch(() => undefined);
  }
}

/** Resolves at the signal; rejects with what broke the consumer. */
const crashOrSignal = (consumer: Consumer, signal: AbortSignal): Promise<void> => {
  const over = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => reject(error));
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // Awaited later; without this a crash in between would end the process.
  over.catch(() => undefined);
  return over;
};

type Settle = (message: InboundMessage, signal: AbortSignal) => Promise<SettledOutcome | undefined>;

/** Offsets are committed up to where everything is settled; on an interruption the rest is read again. */
async function takeBatch(
  { batch, resolveOffset, heartbeat }: EachBatchPayload,
  settle: Settle,
  send: (records: readonly RejectRecord[]) => Promise<void>,
  { logger, onSettled }: InboundOptions,
): Promise<void> {
  const { topic, partition } = batch;
  const messages = withoutStandIns(batch.messages);
  for (const { unreadable } of messages)
    if (unreadable) logger.warn({ topic, partition, ...unreadable }, 'a batch has an unsupported compression; it goes to the rejects');
  const lost = new AbortController();
  const beating = setInterval(() => {
    heartbeat().catch((error) => lost.abort(error));
  }, HEARTBEAT_MS);
  try {
    const outcomes = await settleBatch(messages, (message) => settle(message, lost.signal), MESSAGES_AT_ONCE);
    const rejects = outcomes.flatMap((outcome, index) =>
      outcome.kind === 'rejected' ? [rejectRecordOf({ message: messages[index]!, topic, partition, reason: outcome.reason })] : [],
    );
    await send(rejects);
    if (rejects.length > 0) logger.warn({ topic, partition, messages: rejects.length }, 'inbound rejected messages');
    for (const outcome of outcomes) onSettled?.(outcome);
    const last = messages[outcomes.length - 1];
    if (last) resolveOffset(last.unreadable?.lastOffset ?? last.offset);
  } finally {
    clearInterval(beating);
  }
  // The client rejoins its group, or gives up, by what its heartbeat was answered.
  lost.signal.throwIfAborted();
}

/** Answers undefined when either signal came first. */
function settling({ accept, logger }: InboundOptions, ended: AbortSignal): Settle {
  let loggedAt = Number.NEGATIVE_INFINITY;
  const tell = ({ type, title }: Reason): void => {
    if (performance.now() - loggedAt < OUTAGE_LOGGED_EVERY_MS) return;
    loggedAt = performance.now();
    logger.error({ problem: type, reason: title }, 'inbound is waiting and retries; no message is skipped');
  };
  return (message, lost) => {
    const over = AbortSignal.any([ended, lost]);
    const settle = async (): Promise<SettledOutcome> => {
      const outcome = await accept(message);
      if (outcome.kind === 'unavailable') throw new Unavailable(outcome.reason);
      return outcome;
    };
    const failed = (error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      tell(error.reason);
    };
    if (over.aborted) return Promise.resolve(undefined);
    return persistently(settle, over, failed, PAUSES).catch((error) => {
      if (!over.aborted) throw error;
      return undefined;
    });
  };
}

class Unavailable extends Error {
  constructor(readonly reason: Reason) {
    super(reason.title);
  }
}
