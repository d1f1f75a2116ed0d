import { openEventLog } from '#event-log';
import { createLetopisProjector, createLogger, exitWithError, flushLogger, readConfiguration } from '#platform';
import { openReadModels } from '#read-models';

/** The projector in a process of its own, beside an API that runs with PROJECTOR=off. */
try {
  const { eventLogUrl, readModelsUrl, logLevel } = readConfiguration(process.env);
  const logger = createLogger(logLevel);
  const log = await openEventLog(eventLogUrl, { readOnly: true });
  const store = openReadModels(readModelsUrl);
  const projector = createLetopisProjector({ log, store, logger });
  await projector.start();
  logger.info('projecting');
  const stop = async () => {
    await projector.stop();
    await store.close();
    await log.close();
    logger.info('stopped');
    await flushLogger(logger);
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop().catch(exitWithError));
  process.once('SIGINT', () => void stop().catch(exitWithError));
} catch (error) {
  exitWithError(error);
}
