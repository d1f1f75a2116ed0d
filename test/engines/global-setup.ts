import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { EnginesUnavailable } from '#testing/engines/jars.js';
import { startKafka } from '#testing/engines/kafka.js';
import { startMongo } from '#testing/engines/mongo.js';
import type { EngineServer } from '#testing/engines/server.js';

/** Jest's: the servers that were not given are started once for all suites. */
export default async function setUp(): Promise<void> {
  const started: EngineServer[] = [];
  (globalThis as { letopisEngines?: unknown }).letopisEngines = started;
  const startUnlessGiven = async (variable: string, start: () => Promise<EngineServer>) => {
    if (process.env[variable]) return;
    const server = await start();
    started.push(server);
    process.env[variable] = server.url;
  };
  await startUnlessGiven('TEST_EVENTSTOREDB_URL', startEventStoreDb);
  try {
    await Promise.all([startUnlessGiven('TEST_KAFKA_BROKERS', startKafka), startUnlessGiven('TEST_MONGODB_URL', startMongo)]);
    process.env.TEST_ENGINES_STARTABLE = 'yes';
  } catch (error) {
    if (!(error instanceof EnginesUnavailable)) throw error;
    console.log(`\n${error.message} The suites that need them are skipped.`);
  }
}
