import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
import { createLetopisProjector, createLogger, flushLogger } from '#platform';
import { openReadModels } from '#read-models';
import { createOperator, type ProjectorRequest, sentFailure } from './projecting/operator.js';
import type { FromWorker, ProjectorWorkerData, ToWorker } from './threads/thread-messages.js';

// Requests come first: on Linux a priority holds for the calling thread alone. Behind a burst the views catch up in larger batches.
if (process.platform === 'linux') setPriority(10);

const { eventLogUrl, readModelsUrl, logLevel } = workerData as ProjectorWorkerData;
const logger = createLogger(logLevel);
const log = await openEventLog(eventLogUrl, { readOnly: true });
const store = openReadModels(readModelsUrl);
const projector = createLetopisProjector({ log, store, logger, engines: { eventLogUrl, readModelsUrl } });
const operate = createOperator(projector);
const tell = (message: FromWorker) => parentPort?.postMessage(message);
parentPort?.on('message', async (message: ToWorker) => {
  if (message !== 'stop') {
    const { number, request } = message;
    return operate(request as ProjectorRequest).then(
      (answer) => tell({ number, answer }),
      (error) => tell({ number, failure: sentFailure(error) }),
    );
  }
  await projector.stop();
  await log.close();
  await store.close();
  await flushLogger(logger);
  parentPort?.close();
});

await projector.start();
tell('running');
