import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
import { createLetopisProjector, createLogger, flushLogger } from '#platform';
import { openReadModels } from '#read-models';
import { createOperator, type ProjectorRequest } from './projecting/operator.js';
import { answerHost, tellHost } from './threads/answering.js';
import type { ProjectorWorkerData } from './threads/thread-messages.js';

// Requests come first: on Linux a priority holds for the calling thread alone. Behind a burst the views catch up in larger batches.
if (process.platform === 'linux') setPriority(10);

const { eventLogUrl, readModelsUrl, logLevel } = workerData as ProjectorWorkerData;
const logger = createLogger(logLevel);
const log = await openEventLog(eventLogUrl, { readOnly: true });
const store = openReadModels(readModelsUrl);
const projector = createLetopisProjector({ log, store, logger, engines: { eventLogUrl, readModelsUrl } });
const operate = createOperator(projector);
answerHost({
  answer: (request) => operate(request as ProjectorRequest),
  async stop() {
    await projector.stop();
    await log.close();
    await store.close();
    await flushLogger(logger);
  },
});

await projector.start();
tellHost('running');
