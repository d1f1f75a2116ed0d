import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { EnginesUnavailable } from '#testing/engines/jars.js';
import { startKafka } from '#testing/engines/kafka.js';
import { startMongo } from '#testing/engines/mongo.js';

const engines = {
  kafka: [startKafka, 'KAFKA_BROKERS'],
  mongodb: [startMongo, 'MONGODB_URL'],
  eventstoredb: [startEventStoreDb, 'TEST_EVENTSTOREDB_URL'],
} as const;
type Engine = keyof typeof engines;

/** `npm run engines [-- kafka mongodb eventstoredb]`: the servers that tests run against, or some of them, until Ctrl-C. */
const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(engines, name));
if (unknown.length > 0) {
  console.error(`Unknown engine ${unknown.join(', ')}: choose from ${Object.keys(engines).join(', ')}.`);
  process.exit(64);
}

try {
  const chosen = (named.length > 0 ? named : Object.keys(engines)) as Engine[];
  const servers = await Promise.all(chosen.map((name) => engines[name][0]()));
  for (const [i, { url }] of servers.entries()) console.log(`${engines[chosen[i]!][1]}=${url}`);
  console.log('# they answer; Ctrl-C stops them and removes their data');
  const stop = async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());
} catch (error) {
  if (!(error instanceof EnginesUnavailable)) throw error;
  console.error(error.message);
  process.exit(69);
}
