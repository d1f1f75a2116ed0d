import { workerData } from 'node:worker_threads';
import { createLogger, createRelay, flushLogger, openLetopisLog } from '#platform';
import { answerHost, tellHost } from './threads/answering.js';
import type { RelayReport, RelayWorkerData } from './threads/thread-messages.js';

const { logLevel, kafka, ...engines } = workerData as RelayWorkerData;
const logger = createLogger(logLevel);
const log = await openLetopisLog(engines);
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
    subjectKeys: engines.subjectKeys,
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
