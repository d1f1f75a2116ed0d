import { ConfigurationError, createLogger, createRelay, exitWithError, flushLogger, openLetopisLog, readConfiguration } from '#platform';
import { tightenData } from '#sqlite';

/** Publishes the log to Kafka, from where it left off, until a signal: beside an API that runs with RELAY=off. */
try {
  const { dataFolder, eventLogUrl, subjectKeys, kafka, logLevel } = readConfiguration(process.env);
  tightenData(dataFolder);
  if (!kafka) throw new ConfigurationError(['KAFKA_BROKERS= : the relay requires brokers as host:port, comma-separated']);
  const logger = createLogger(logLevel);
  const log = await openLetopisLog({ eventLogUrl, subjectKeys });
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  process.once('SIGINT', () => stopping.abort());
  await createRelay({ kafka, subjectKeys, log, logger, signal: stopping.signal });
  await log.close();
  logger.info('stopped');
  await flushLogger(logger);
} catch (error) {
  exitWithError(error);
}
