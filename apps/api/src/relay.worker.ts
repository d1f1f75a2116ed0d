import { workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
import { createLogger, createRelay, eventCatalogue, flushLogger } from '#platform';
import { answerHost, tellHost } from './threads/answering.js';
import type { RelayReport, RelayWorkerData } from './threads/thread-messages.js';

const { eventLogUrl, logLevel, kafka } = workerData as RelayWorkerData;
const logger = createLogger(logLevel);
const log = await openEventLog(eventLogUrl, { registry: eventCatalogue, readOnly: true });
const stopping = new AbortController();
const ended = Promise.withResolvers<void>();
const { leave } = answerHost({
  async stop() {
    stopping.abort();
    await ended.promise;
  },
});
try {
  await createRelay({
    kafka,
    log,
    logger,
    signal: stopping.signal,
    waitsForTopics: true,
    onProgress(report) {
      tellHost('running');
      tellHost({ report: report satisfies RelayReport });
    },
    onStandBy: () => tellHost({ report: 'stands by' satisfies RelayReport }),
    onInterrupted: ({ name }) => tellHost({ interrupted: name }),
  });
} finally {
  await log.close();
  await flushLogger(logger);
  ended.resolve();
  leave();
}
