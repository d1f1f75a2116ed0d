import { setTimeout as sleep } from 'node:timers/promises';
import { type Kafka, type Message, Partitioners } from 'kafkajs';
import { topicsOf } from '#streaming';
import { type ReadRecord, readTopic } from '#testing/engines/read-topic.js';

export interface Sent {
  readonly id: string;
  readonly customerId: string;
  /** `record-contact` when absent. */
  readonly type?: string;
  readonly data?: object;
}

export const SOURCE = '/telephony/eu-1';
const attributesOf = ({ id, type = 'record-contact' }: Sent) => ({ specversion: '1.0', id, source: SOURCE, type });
const dataOf = ({ customerId, data = { channel: 'phone', direction: 'inbound', purpose: 'service' } }: Sent) => ({ customerId, ...data });

/** A CloudEvent in binary mode. */
export const binary = (sent: Sent): Message => {
  const attributes = Object.entries(attributesOf(sent)).map(([name, value]) => [`ce_${name}`, value]);
  return {
    key: sent.customerId,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(attributes) },
    value: JSON.stringify(dataOf(sent)),
  };
};

/** The same one in structured mode. */
export const structured = (sent: Sent): Message => ({
  key: sent.customerId,
  headers: { 'content-type': 'application/cloudevents+json' },
  value: JSON.stringify({ ...attributesOf(sent), data: dataOf(sent) }),
});

/** What stands outside, on both topics of a chronicle. */
export const openInbound = async (kafka: Kafka, prefix: string) => {
  const { contacts, rejected } = topicsOf(prefix);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);

  /** Whether the offsets that are committed stand at the end of every partition. */
  async function allRead(): Promise<boolean> {
    const ends = await admin.fetchTopicOffsets(contacts);
    const [committed] = await admin.fetchOffsets({ groupId: `${contacts}.letopis`, topics: [contacts] });
    return ends.every(({ partition, high }) => {
      const offset = committed?.partitions.find((each) => each.partition === partition)?.offset ?? '-1';
      return high === '0' || offset === high;
    });
  }

  return {
    send: (messages: readonly Message[]) => producer.send({ topic: contacts, messages: [...messages] }),
    async untilRead(): Promise<void> {
      while (!(await allRead())) await sleep(50);
    },
    rejects: (count: number): Promise<readonly ReadRecord[]> => readTopic(kafka, rejected, (records) => records.length >= count),
    async rejectCount(): Promise<number> {
      return (await admin.fetchTopicOffsets(rejected)).reduce((sum, { high }) => sum + Number(high), 0);
    },
    close: () => Promise.all([producer.disconnect(), admin.disconnect()]),
  };
};
