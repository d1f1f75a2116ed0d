import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IHeaders, Kafka } from 'kafkajs';

export interface ReadRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const QUIET_MS = 1_500;

/** Everything committed in a topic, each partition in order: until `enough` says so, and then as long as more comes. */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  enough: (records: readonly ReadRecord[]) => boolean,
): Promise<readonly ReadRecord[]> {
  const consumer = kafka.consumer({ groupId: `read-${randomUUID()}`, readUncommitted: false, maxWaitTimeInMs: 100 });
  const records: ReadRecord[] = [];
  let last = performance.now();
  await consumer.connect();
  await untilThere(() => consumer.subscribe({ topic, fromBeginning: true }));
  await consumer.run({
    autoCommit: false,
    async eachMessage({ partition, message: { key, value, headers } }) {
      records.push({ partition, key: textOf(key), value: textOf(value), headers: textsOf(headers) });
      last = performance.now();
    },
  });
  while (!enough(records) || performance.now() - last < QUIET_MS) await sleep(50);
  await consumer.disconnect();
  return records;
}

/** The topic may not have been made yet. */
async function untilThere(subscribe: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await subscribe();
    } catch (error) {
      if ((error as { readonly type?: unknown }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      await sleep(100);
    }
  }
}

const textOf = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString());
const textsOf = (headers: IHeaders | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
