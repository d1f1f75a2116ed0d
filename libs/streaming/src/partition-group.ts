import type { Kafka } from 'kafkajs';
import { client } from './client.js';
import { TopicMismatch } from './errors.js';
import { ensureTopics, type StreamingLogger } from './kafka.js';
import { keepTrying } from './keep-trying.js';
import { type Topics, topicSpecs } from './topics.js';

export interface PartitionGroupOptions {
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly groupId: string;
  /** Wanted of the events topic; it may have more. */
  readonly partitions: number;
  /** Bytes of the largest body of a command, which topics that are made have room for. */
  readonly bodyLimit?: number;
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** Called whenever partitions are dealt out again, with those of this member and the number of all. */
  readonly onAssigned: (partitions: readonly number[], of: number) => void;
}

const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;

/** The partition of the events topic that a key is published to: the one of the Java client, murmur2. */
export function partitionerOf(partitions: number): (key: string) => number {
  const partitioner = client().Partitioners.DefaultPartitioner();
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
 * Stays a member of a consumer group over the events topic until the signal, for the sake of the partitions that it is dealt: records are not
 * fetched. While the brokers are away the last assignment stands.
 * @throws TopicMismatch where there are fewer partitions than wanted, or others than when it began
 */
export const followAssignment = (options: PartitionGroupOptions): Promise<void> => {
  const { signal, logger, topics } = options;
  let first: number | undefined;
  return keepTrying(
    async (gettingOn) => {
      const of = await partitionsOfEvents(options);
      first ??= of;
      if (of !== first)
        throw new TopicMismatch(`${topics.events} now has ${of} partitions instead of ${first}; restart all projectors to share them`);
      await beMember(options, of, gettingOn);
    },
    { signal, logger, name: 'sharing of the customers', topic: topics.events, isFinal: (error) => error instanceof TopicMismatch },
  );
};

async function partitionsOfEvents({ kafka, topics, partitions, bodyLimit }: PartitionGroupOptions): Promise<number> {
  const specs = topicSpecs(topics, partitions, bodyLimit).filter(({ topic }) => topic === topics.events);
  return (await ensureTopics(kafka, specs)).get(topics.events)!.partitions;
}

async function beMember(
  { kafka, topics, groupId, signal, onAssigned }: PartitionGroupOptions,
  of: number,
  gettingOn: () => void,
): Promise<void> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: SESSION_MS, heartbeatInterval: HEARTBEAT_MS, maxWaitTimeInMs: 250 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: topics.events });
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        consumer.pause([{ topic: topics.events }]);
        gettingOn();
        onAssigned(payload.memberAssignment[topics.events] ?? [], of);
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
