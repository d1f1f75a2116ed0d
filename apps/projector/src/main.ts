import {
  createLetopisProjector,
  createLogger,
  exitWithError,
  flushLogger,
  openLetopisLog,
  readConfiguration,
  runSharedProjector,
} from '#platform';
import { openReadModels } from '#read-models';
import { tightenData } from '#sqlite';

/** Projectors of their own, beside an API that runs with PROJECTOR=off: one, or with Kafka as many as there are, who share the customers. */
try {
  const { dataFolder, eventLogUrl, readModelsUrl, subjectKeys, kafka, logLevel } = readConfiguration(process.env);
  const engines = { eventLogUrl, readModelsUrl, subjectKeys };
  tightenData(dataFolder);
  const logger = createLogger(logLevel);
  const log = await openLetopisLog(engines);
  const store = openReadModels(readModelsUrl);
  const stopping = new AbortController();
  const { signal } = stopping;
  process.once('SIGTERM', () => stopping.abort());
  process.once('SIGINT', () => stopping.abort());
  if (kafka) await runSharedProjector({ kafka, log, store, logger, signal });
  else {
    const projector = createLetopisProjector({ log, store, logger, engines });
    // Also while it waits for its engines to begin.
    const stopped = new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => projector.stop().then(resolve, reject), { once: true });
    });
    await projector.start();
    if (!signal.aborted) logger.info('projecting');
    await stopped;
  }
  await store.close();
  await log.close();
  logger.info('stopped');
  await flushLogger(logger);
  process.exit(0);
} catch (error) {
  exitWithError(error);
}
