import { workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
// One by one: the projector runs when this thread has loaded them.
import { eventCatalogue } from '#platform/events/current-events.js';
import { createLogger, flushLogger } from '#platform/observability/logger.js';
import { createLetopisProjector } from '#platform/projecting/letopis-projector.js';
import { openReadModels } from '#read-models';
import { answerHost, tellHost } from '../threads/answering.js';
import type { ProjectorReport, ProjectorWorkerData } from '../threads/thread-messages.js';
import { createOperator, type ProjectorRequest } from './operator.js';

const { eventLogUrl, readModelsUrl, logLevel } = workerData as ProjectorWorkerData;
const logger = createLogger(logLevel);
const log = await openEventLog(eventLogUrl, { registry: eventCatalogue, readOnly: true });
const store = openReadModels(readModelsUrl);
const tellStall = (stalledBy: string | undefined) => tellHost({ report: { stalledBy } satisfies ProjectorReport });
const projector = createLetopisProjector({ log, store, logger, engines: { eventLogUrl, readModelsUrl }, onStalled: tellStall });
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
