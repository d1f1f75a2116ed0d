import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { bootstrap } from './bootstrap.js';
import { follow } from './follow.js';
import { reconcile } from './reconcile.js';
import { openState } from './state.js';

/**
 * A service that stands downstream of Letopis: it counts the contacts of each customer. It shows all that such a service needs, and uses
 * nothing of Letopis but its topics and one address.
 */
const {
  KAFKA_BROKERS = '127.0.0.1:9092',
  KAFKA_TOPIC_PREFIX = 'letopis',
  LETOPIS_URL = 'http://127.0.0.1:3000',
  LETOPIS_KEY = '',
  SUBSCRIBER_GROUP = 'letopis-example',
  SUBSCRIBER_STATE = './subscriber.sqlite',
  RECONCILE_SECONDS = '60',
} = process.env;

const topics = { customers: `${KAFKA_TOPIC_PREFIX}.customers.v1`, events: `${KAFKA_TOPIC_PREFIX}.relationship-events.v1` };
const kafka = new Kafka({ clientId: 'letopis-example', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
const state = openState(SUBSCRIBER_STATE);
const api = { url: LETOPIS_URL, key: LETOPIS_KEY };
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());

if (state.count() === 0) {
  await bootstrap(kafka, topics, SUBSCRIBER_GROUP, api, state);
  console.log(`begun with ${state.count()} customers of ${topics.customers}`);
} else console.log(`continues with the ${state.count()} customers of ${SUBSCRIBER_STATE}`);

const leave = await follow(kafka, topics.events, SUBSCRIBER_GROUP, api, state, (error) => {
  console.error(`Kafka: ${error.message}`);
  process.exitCode = 1;
  ending.abort();
});
console.log(`follows ${topics.events}`);

while (!ending.signal.aborted) {
  try {
    const { agree, differ } = await reconcile(api, state);
    if (agree + differ.length > 0) console.log(`reconciled: ${agree} customers agree, ${differ.length} differ`);
    for (const { here, there } of differ)
      console.log(`  ${here.id}: ${here.events} events ${here.hash} here, ${there.events} events ${there.hash} there`);
  } catch (error) {
    console.error(`not reconciled: ${(error as Error).message}`);
  }
  await sleep(Number(RECONCILE_SECONDS) * 1000, undefined, { signal: ending.signal }).catch(() => undefined);
}
await leave();
state.close();
