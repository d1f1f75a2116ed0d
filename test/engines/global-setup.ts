import { EnginesUnavailable } from '#testing/engines/jars.js';
import { startKafka } from '#testing/engines/kafka.js';
import { startMongo } from '#testing/engines/mongo.js';

/** Jest's: the servers that were not given are started once for all suites. */
export default async function setUp(): Promise<void> {
  try {
    const starting = [
      ...(process.env.TEST_KAFKA_BROKERS ? [] : [startKafka().then((server) => ['TEST_KAFKA_BROKERS', server] as const)]),
      ...(process.env.TEST_MONGODB_URL ? [] : [startMongo().then((server) => ['TEST_MONGODB_URL', server] as const)]),
    ];
    const started = await Promise.all(starting);
    for (const [variable, server] of started) process.env[variable] = server.url;
    process.env.TEST_ENGINES_STARTABLE = 'yes';
    (globalThis as { letopisEngines?: unknown }).letopisEngines = started.map(([, server]) => server);
  } catch (error) {
    if (!(error instanceof EnginesUnavailable)) throw error;
    console.log(`\n${error.message} The suites that need them are skipped.`);
  }
}
