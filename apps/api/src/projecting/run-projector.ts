import { workerData } from 'node:worker_threads';
import { createLogger, flushLogger } from '#platform/observability/logger.js';
// One by one: the projector runs when this thread has loaded them.
import { openLetopisLog } from '#platform/privacy/open-letopis-log.js';
import { createLetopisProjector } from '#platform/projecting/letopis-projector.js';
import { openReadModels } from '#read-models';
import { answerHost, tellHost } from '../threads/answering.js';
import type { ProjectorReport, ProjectorWorkerData } from '../threads/thread-messages.js';
import { createOperator, type ProjectorRequest } from './operator.js';

const { logLevel, ...engines } = workerData as ProjectorWorkerData;
const logger = createLogger(logLevel);
const log = await openLetopisLog(engines);
const store = openReadModels(engines.readModelsUrl);
const tellStall = (stalledBy: string | undefined) => tellHost({ report: { stalledBy } satisfies ProjectorReport });
const projector = createLetopisProjector({ log, store, logger, engines, onStalled: tellStall });
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
// The one that ran here before may have been stalled.
tellStall(undefined);
tellHost('running');
