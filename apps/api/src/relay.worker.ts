import { parentPort, workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
import { createLogger, createRelay, eventCatalogue, flushLogger } from '#platform';
import { RelayFenced } from '#streaming';
import type { FromWorker, RelayTold, RelayWorkerData, ToWorker } from './threads/thread-messages.js';

const { eventLogUrl, logLevel, kafka } = workerData as RelayWorkerData;
const logger = createLogger(logLevel);
const log = await openEventLog(eventLogUrl, { registry: eventCatalogue, readOnly: true });
const stopping = new AbortController();
parentPort?.once('message', (message: ToWorker) => {
  if (message === 'stop') stopping.abort();
});
const tell = (message: FromWorker) => parentPort?.postMessage(message);
try {
  await createRelay({
    kafka,
    log,
    logger,
    signal: stopping.signal,
    waitsForTopics: true,
    onProgress(told) {
      tell('running');
      tell({ answered: [], told: told satisfies RelayTold });
    },
    onInterrupted: ({ name }) => tell({ interrupted: name }),
  });
} catch (error) {
  // Begun anew it would take over from the one that took over from it, and so on.
  if (!(error instanceof RelayFenced)) throw error;
  logger.error({ reason: error.message }, 'the relay has stopped');
} finally {
  await log.close();
  await flushLogger(logger);
  parentPort?.close();
}
