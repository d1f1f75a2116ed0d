import { EnginesUnavailable } from '#testing/engines/jars.js';
import { startKafka } from '#testing/engines/kafka.js';
import { startMongo } from '#testing/engines/mongo.js';

/** `npm run engines`: the servers that tests run against, until Ctrl-C. */
try {
  const servers = await Promise.all([startKafka(), startMongo()]);
  const [kafka, mongo] = servers.map(({ url }) => url);
  console.log(`KAFKA_BROKERS=${kafka}\nMONGODB_URL=${mongo}\n# they answer; Ctrl-C stops them and removes their data`);
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
