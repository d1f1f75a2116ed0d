import type { ITopicConfig } from 'kafkajs';

/** Names of the topics; `v1` is the version of their contract. */
export interface Topics {
  /** Every published event. Key: the customer's id (the stream, for events of no customer). */
  readonly events: string;
  /** Compacted: each customer's current card; a tombstone when the customer was erased. Key: the customer's id. */
  readonly customers: string;
  /** Contacts that others send. */
  readonly contacts: string;
  /** What of these was not accepted, with the reason. */
  readonly rejected: string;
  /** Compacted: how far the relay has come. Nobody else reads it. */
  readonly checkpoints: string;
}

/** @param prefix `letopis` unless several chronicles share a broker */
export const topicsOf = (prefix: string): Topics => ({
  events: `${prefix}.relationship-events.v1`,
  customers: `${prefix}.customers.v1`,
  contacts: `${prefix}.contacts.inbound.v1`,
  rejected: `${prefix}.contacts.rejected.v1`,
  checkpoints: `${prefix}.relay-checkpoints.v1`,
});

export interface TopicSpec extends ITopicConfig {
  readonly numPartitions: number;
  readonly cleanupPolicy: 'compact' | 'delete';
}

const KEPT_FOREVER = { name: 'retention.ms', value: '-1' };
/** Small segments, so that compaction gets at what is superseded soon. */
const soonCompacted = [
  { name: 'segment.bytes', value: String(16 << 20) },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
];

/** Whatever a sender compressed with, the brokers keep what the client can read: it knows gzip alone. */
const readable = [{ name: 'compression.type', value: 'uncompressed' }];
/** Room for the largest message that the brokers take unless told otherwise (1 MiB), and the reason. */
const roomForReasons = [{ name: 'max.message.bytes', value: String(2 << 20) }];

/** How each topic is made where it is missing. Who reads `events` from its beginning sees the whole history. */
export const topicSpecs = (topics: Topics, partitions: number): readonly TopicSpec[] => {
  const spec = (
    topic: string,
    numPartitions: number,
    cleanupPolicy: TopicSpec['cleanupPolicy'],
    more: ITopicConfig['configEntries'] = [],
  ) => ({
    topic,
    numPartitions,
    cleanupPolicy,
    configEntries: [{ name: 'cleanup.policy', value: cleanupPolicy }, ...more],
  });
  return [
    spec(topics.events, partitions, 'delete', [KEPT_FOREVER]),
    spec(topics.customers, partitions, 'compact', soonCompacted),
    spec(topics.contacts, partitions, 'delete', readable),
    spec(topics.rejected, 1, 'delete', roomForReasons),
    spec(topics.checkpoints, 1, 'compact', soonCompacted),
  ];
};
