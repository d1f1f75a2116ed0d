import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, topicsOf } from '#streaming';
import { describeWithEventStoreDb, describeWithKafka } from '#testing/engines/given-engines.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { binary, openInbound, type Sent, structured } from './inbound-topic.js';
import { startTwo } from './two-apis.js';

const CUSTOMERS = 20;
/** Sent three times each. */
const MESSAGES = 2_000;

describeWithEventStoreDb('two API processes on one EventStoreDB', (url) => {
  describeWithKafka('and Kafka', (brokers) => {
    it('record once what comes in over Kafka, and publish every event once, while each of them is killed', async () => {
      const prefix = `two-${randomUUID()}`;
      const two = await startTwo(url, { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '4', PROJECTOR: 'off' });
      const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
      const customers = Array.from({ length: CUSTOMERS }, (_, index) => `c-${index}`);
      const body = customers.map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } }));
      await two.ask(0, '/commands', { body });
      const outside = await openInbound(kafka, prefix);
      const sent = Array.from({ length: MESSAGES }, (_, at): Sent => ({ id: `call-${at}`, customerId: customers[at % CUSTOMERS]! }));
      const recorded = async () => (await two.events(['contact-recorded'])).map(({ source }) => source!.id);
      for (const number of [0, 1] as const) {
        const share = sent.slice((number * MESSAGES) / 2, ((number + 1) * MESSAGES) / 2);
        const before = (await recorded()).length;
        for (const copy of [binary, structured, binary]) await outside.send(share.map(copy));
        while ((await recorded()).length === before) await sleep(20);
        await two.kill(number);
      }
      await outside.untilRead();
      const ids = await recorded();
      expect(ids).toHaveLength(MESSAGES);
      expect(new Set(ids)).toEqual(new Set(sent.map(({ id }) => id)));
      expect(await outside.rejectCount()).toBe(0);

      const events = (await two.events()).filter(({ stream }) => stream.startsWith('relationship-'));
      const published = await readTopic(kafka, topicsOf(prefix).events, (all) => all.length >= events.length);
      const idsOf = (stream: string) =>
        published.filter(({ headers }) => headers.ce_subject === stream).map(({ headers }) => headers.ce_id);
      expect(published).toHaveLength(events.length);
      for (const customer of customers) {
        const stream = `relationship-${customer}`;
        expect(idsOf(stream)).toEqual(events.filter((event) => event.stream === stream).map(({ id }) => id));
      }
      await outside.close();
      await two.stop();
    });
  });
});
