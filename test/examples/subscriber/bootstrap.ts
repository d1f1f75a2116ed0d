import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import type { Customer, State } from './state.js';
import { type Api, readValue } from './value.js';

/**
 * A transaction shows in one topic a moment before it shows in the other. So the events are begun a little before the cards end, longer than
 * a transaction can last; which of them the cards hold already, their sequence tells.
 */
const OVERLAP_MS = 5 * 60_000;

interface Topics {
  readonly customers: string;
  readonly events: string;
}

/** Takes the cards of all customers from the compacted topic, and has the group begin the events where the cards end. */
export const bootstrap = async (kafka: Kafka, { customers, events }: Topics, group: string, api: Api, state: State): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const partitions = await admin.fetchTopicOffsetsByTimestamp(events, Date.now() - OVERLAP_MS);
    const ends = await admin.fetchTopicOffsets(customers);
    const cards = await readTo(kafka.consumer({ groupId: `${group}.bootstrap`, sessionTimeout: 10_000 }), customers, ends);
    await admin.setOffsets({ groupId: group, topic: events, partitions });
    const begun: Customer[] = [];
    for (const card of cards.values()) begun.push(await customerOf(card, api));
    state.begin(begun);
  } finally {
    await admin.disconnect();
  }
};

/** The last record of each key, from the beginning of a topic to where it ended when it was asked. */
async function readTo(
  consumer: Consumer,
  topic: string,
  ends: readonly { readonly partition: number; readonly low: string; readonly high: string }[],
): Promise<ReadonlyMap<string, KafkaMessage>> {
  const last = new Map<string, KafkaMessage>();
  const unread = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]));
  if (unread.size === 0) return last;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      // Called for batches that hold nothing but the marks of transactions too, which is how most partitions end.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
        if (Number(lastOffset) + 1 >= (unread.get(partition) ?? 0)) unread.delete(partition);
        if (unread.size === 0) resolve();
      });
      consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void last.set(String(message.key), message) }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return last;
}

interface Card {
  readonly channels: Readonly<Record<string, { readonly inbound: number; readonly outbound: number }>>;
}

/** A record without a value is the tombstone of a customer who was erased: nothing is left to be known but how far the events go. */
const customerOf = async (message: KafkaMessage, api: Api): Promise<Customer> => {
  const { key, value, headers = {} } = message;
  const card = value === null ? null : ((await readValue(message, api)) as Card | null);
  const channels = Object.values(card?.channels ?? {});
  return {
    id: String(key),
    sequence: Number(headers.letopis_sequence),
    position: String(headers.letopis_position),
    events: Number(headers.letopis_events),
    hash: String(headers.letopis_hash),
    contacts: channels.reduce((sum, { inbound, outbound }) => sum + inbound + outbound, 0),
  };
};
