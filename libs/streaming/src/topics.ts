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

const DAY_MS = 86_400_000;

export interface TopicSpec extends ITopicConfig {
  readonly numPartitions: number;
  readonly cleanupPolicy: 'compact' | 'delete';
  /** A topic that takes less is of no use. */
  readonly leastMessageBytes: number;
  /** Those of its settings that bound how long it holds personal data: on the brokers none of them is to be more. */
  readonly bounds: readonly string[];
  /** We read it, so the brokers must not make of what is in it what the client cannot read. */
  readonly isRead: boolean;
}

/** Whoever reads the cards less often than this may miss that a customer was erased. */
const TOMBSTONES_KEPT = { name: 'delete.retention.ms', value: String(30 * DAY_MS) };
/** Until what a tombstone or a later card supersedes is removed, from the next record of its partition on. */
const COMPACTED = [{ name: 'max.compaction.lag.ms', value: String(DAY_MS) }];
/** They hold messages as they came, personal data included; a segment is deleted as a whole, and by the clock of the brokers. */
const keptFor = (days: number) => [
  { name: 'retention.ms', value: String(days * DAY_MS) },
  { name: 'segment.ms', value: String(DAY_MS) },
];
const BY_BROKERS = { name: 'message.timestamp.type', value: 'LogAppendTime' };
const CONTACTS_KEPT = keptFor(7);
const REJECTS_KEPT = keptFor(30);
const KEPT_FOREVER = { name: 'retention.ms', value: '-1' };
/** Small segments, so that compaction gets at what is superseded soon. */
const soonCompacted = [
  { name: 'segment.bytes', value: String(16 << 20) },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
];

/** Whatever a sender compressed with, the brokers keep what the client can read: it knows gzip alone. */
const readable = [{ name: 'compression.type', value: 'uncompressed' }];
/** Beside the largest body, which is published in base64 where it is encrypted: the headers of its record, and what numbers gain where they are written out. */
const BESIDE_A_BODY = 64 << 10;
/** What brokers take unless told otherwise; a topic never takes less. */
const USUAL_MESSAGE_BYTES = 1_048_588;
/** Far below what a broker reads as one request (100 MiB unless told otherwise). */
export const LARGEST_MESSAGE_BYTES = 32 << 20;
const REASON_BYTES = 1 << 20;
export const USUAL_BODY_LIMIT = 1 << 20;

/** Of a record that is sent without its value. */
const HEADERS_BYTES = 16 << 10;

const taking = (bytes: number) => ({ name: 'max.message.bytes', value: String(bytes) });

/**
 * How each topic is made where it is missing. Who reads `events` from its beginning sees the whole history.
 * @param bodyLimit bytes of the largest body that a command may have: an event made of it fits into a record
 */
export const topicSpecs = (topics: Topics, partitions: number, bodyLimit = USUAL_BODY_LIMIT): readonly TopicSpec[] => {
  const largest = Math.min(LARGEST_MESSAGE_BYTES, Math.max(USUAL_MESSAGE_BYTES, Math.ceil((bodyLimit * 4) / 3) + BESIDE_A_BODY));
  const spec = (
    topic: string,
    numPartitions: number,
    cleanupPolicy: TopicSpec['cleanupPolicy'],
    more: ITopicConfig['configEntries'] = [],
    { leastMessageBytes = 0, isRead = false, bounded = [] as ITopicConfig['configEntries'] & object } = {},
  ) => ({
    topic,
    numPartitions,
    cleanupPolicy,
    leastMessageBytes,
    isRead,
    bounds: bounded.map(({ name }) => name),
    configEntries: [{ name: 'cleanup.policy', value: cleanupPolicy }, ...more, ...bounded],
  });
  return [
    spec(topics.events, partitions, 'delete', [KEPT_FOREVER, taking(largest)], { leastMessageBytes: HEADERS_BYTES }),
    spec(topics.customers, partitions, 'compact', [...soonCompacted, TOMBSTONES_KEPT, taking(largest)], {
      leastMessageBytes: HEADERS_BYTES,
      bounded: COMPACTED,
    }),
    spec(topics.contacts, partitions, 'delete', [...readable, BY_BROKERS, taking(largest)], { isRead: true, bounded: CONTACTS_KEPT }),
    // The message as it came, and the reason.
    spec(topics.rejected, 1, 'delete', [BY_BROKERS, taking(largest + REASON_BYTES)], { bounded: REJECTS_KEPT }),
    spec(topics.checkpoints, 1, 'compact', soonCompacted, { isRead: true }),
  ];
};
