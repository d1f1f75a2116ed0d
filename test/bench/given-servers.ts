import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { EnginesUnavailable } from '#testing/engines/jars.js';
import { startKafka } from '#testing/engines/kafka.js';
import { startMongo } from '#testing/engines/mongo.js';
import type { EngineServer } from '#testing/engines/server.js';

/** With the server of a variable where one is given, else with one of its own; on a machine that can start none the bench is left out, and says so. */
const withServer =
  (variable: string, start: () => Promise<EngineServer>) =>
  async (bench: string, measure: (url: string) => Promise<void>): Promise<void> => {
    const given = process.env[variable];
    if (given) return measure(given);
    const own = await start().catch((error) => {
      if (error instanceof EnginesUnavailable) return error;
      throw error;
    });
    if (own instanceof EnginesUnavailable) {
      console.error(`The benchmark ${bench} is left out: ${own.message}; or give a server in ${variable}.`);
      return;
    }
    try {
      await measure(own.url);
    } finally {
      await own.dispose();
    }
  };

export const withKafka = withServer('TEST_KAFKA_BROKERS', startKafka);
export const withMongo = withServer('TEST_MONGODB_URL', startMongo);
export const withEventStoreDb = withServer('TEST_EVENTSTOREDB_URL', startEventStoreDb);
