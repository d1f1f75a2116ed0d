import { setTimeout as sleep } from 'node:timers/promises';
import { type Kafka, Partitioners } from 'kafkajs';
import { StreamingUnavailable } from './errors.js';
import { ensureTopics, faultOf, type StreamingLogger } from './kafka.js';
import { type Topics, topicSpecs } from './topics.js';

export interface PartitionGroupOptions {
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly groupId: string;
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** Called with the partitions of this member whenever they are dealt out anew. */
  readonly onAssigned: (partitions: readonly number[]) => void;
}

const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** The partition of the events topic that a key is published to: the one of the Java client, murmur2. */
export function partitionerOf(partitions: number): (key: string) => number {
  const partitioner = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return (key) => partitioner({ topic: '', partitionMetadata, message: { key, value: null } });
}

/**
 * How many partitions the events topic has, which is made where it is missing; waits while the brokers are away, and answers nothing when the
 * signal comes first.
 * @throws TopicMismatch where there are fewer than wanted
 */
export async function eventPartitions(
  { kafka, topics, signal, logger }: Pick<PartitionGroupOptions, 'kafka' | 'topics' | 'signal' | 'logger'>,
  wanted: number,
): Promise<number | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    const admin = kafka.admin();
    try {
      await ensureTopics(kafka, topicSpecs(topics, wanted));
      await admin.connect();
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topics.events] });
      return found[0]!.partitions.length;
    } catch (error) {
      const fault = faultOf(error);
      if (!(fault instanceof StreamingUnavailable)) throw fault;
      await pause(fault, failures, { signal, logger });
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
  return undefined;
}

/**
 * Stays a member of a consumer group over the events topic until the signal, for the sake of the partitions that it is dealt: records are not
 * fetched. While the brokers are away the last assignment stands.
 */
export async function followAssignment(options: PartitionGroupOptions): Promise<void> {
  const { signal, logger } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await beMember(options, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      await pause(faultOf(error), failures, { signal, logger });
    }
  }
}

async function beMember({ kafka, topics, groupId, signal, onAssigned }: PartitionGroupOptions, joined: () => void): Promise<void> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: SESSION_MS, heartbeatInterval: HEARTBEAT_MS, maxWaitTimeInMs: 250 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: topics.events });
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        consumer.pause([{ topic: topics.events }]);
        joined();
        onAssigned(payload.memberAssignment[topics.events] ?? []);
      });
      // It comes back by itself from what it takes for passing.
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      consumer.run({ autoCommit: false, eachBatch: async () => undefined }).catch(reject);
    });
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

async function pause(
  error: unknown,
  failures: number,
  { signal, logger }: Pick<PartitionGroupOptions, 'signal' | 'logger'>,
): Promise<void> {
  const waitMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  const { name, message } = error as Error;
  logger.error({ error: name, reason: message, failures: failures + 1, waitMs }, 'cannot take part in sharing the customers; trying again');
  await sleep(waitMs, undefined, { signal }).catch(() => undefined);
}
