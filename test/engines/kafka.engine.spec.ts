import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startKafka } from '#testing/engines/kafka.js';

const client = (url: string) =>
  new Kafka({ clientId: 'spec', brokers: [url], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } });

async function readCommitted(kafka: Kafka, topic: string, until: string): Promise<readonly string[]> {
  const consumer = kafka.consumer({ groupId: randomUUID(), readUncommitted: false });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        async eachMessage({ message }) {
          values.push(String(message.value));
          if (String(message.value) === until) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return values;
}

describeWithOwnServers('the broker that engine suites run against', () => {
  it('shows committed transactions alone, and keeps them when it is killed', async () => {
    const server = await startKafka();
    try {
      const topic = `spec-${randomUUID()}`;
      const kafka = client(server.url);
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }] });
      await admin.disconnect();
      const producer = kafka.producer({
        transactionalId: randomUUID(),
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      for (const [value, commits] of [
        ['kept', true],
        ['taken back', false],
        ['end', true],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ key: value, value }] });
        await (commits ? transaction.commit() : transaction.abort());
      }
      await producer.disconnect();
      expect(await readCommitted(kafka, topic, 'end')).toEqual(['kept', 'end']);
      await server.kill();
      await server.start();
      expect(await readCommitted(client(server.url), topic, 'end')).toEqual(['kept', 'end']);
    } finally {
      await server.dispose();
    }
  });
});
