import { workerData } from 'node:worker_threads';
import type { EventLogUnavailable } from '#event-log';
import type { CommandAnswer } from '#platform/commands/command-request.js';
import { openRejectedRows } from '#platform/imports/open-rejected-rows.js';
import { createLogger, flushLogger } from '#platform/observability/logger.js';
import { openLetopisLog } from '#platform/privacy/open-letopis-log.js';
import { openSubjectKeyStore } from '#platform/privacy/open-subject-keys.js';
import { createErasureSteps } from '#platform/processes/erasure-steps.js';
import { type LetopisProcessOptions, runLetopisProcess } from '#platform/processes/letopis-process.js';
import { createRetentionSteps } from '#platform/processes/retention-steps.js';
import { codeOfViews } from '#platform/projecting/code-of-views.js';
import { viewNames } from '#platform/projecting/views.js';
import { openReferences } from '#platform/reference-data/references.js';
import { erasedInKafka } from '#platform/streaming/letopis-relay.js';
import { isoNow } from '#platform/time/iso-now.js';
import { KeptOutsideUnavailable, openKeptOutside } from '#privacy';
import { type ProcessHost, processes, systemClock } from '#processes';
import { createViewReader, erasedViews } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { answerHost, tellHost } from '../threads/answering.js';
import type { ProcessesWorkerData } from '../threads/thread-messages.js';

/** Looking after every commit would cost each of them a query. */
const PAUSE_MS = 100;
const EXPIRE_EVERY_MS = 60 * 60 * 1_000;

const { dataFolder, readModelsUrl, kafka, logLevel, ...engines } = workerData as ProcessesWorkerData;
const logger = createLogger(logLevel);
const log = await openLetopisLog(engines);
const broken = (error: unknown) => {
  throw error;
};
const interrupted = (error: EventLogUnavailable) =>
  logger.error({ reason: error.message }, 'the log does not answer; processes go by the policies known so far');
const references = await openReferences(log, broken, interrupted);
const store = openReadModels(readModelsUrl, { readOnly: true });
const keys = await openSubjectKeyStore(engines.subjectKeys);
const outside = await openKeptOutside(engines.subjectKeys.keptOutsideUrl);
if (outside === undefined) throw new KeptOutsideUnavailable('the store of erasures was removed');
const rejectedRows = openRejectedRows(dataFolder, keys);
const expire = () =>
  rejectedRows
    .expire(isoNow())
    .catch((error: unknown) => logger.error({ err: error }, 'rejected rows of imports that are due cannot be removed'));
void expire();
const expiring = setInterval(expire, EXPIRE_EVERY_MS);
const places = { rejectedRows, keys, outside, views: erasedViews(store, viewNames), kafka: kafka && erasedInKafka(kafka, log, logger) };
const stopping = new AbortController();
const hosts: ProcessHost[] = [];

const { ask } = answerHost({
  async stop() {
    stopping.abort();
    clearInterval(expiring);
    await Promise.all(hosts.map(({ ended }) => ended));
    await references.close();
    await outside.close();
    await rejectedRows.close();
    await keys.close();
    await store.close();
    await log.close();
    await flushLogger(logger);
  },
});
const commands = {
  execute: async (request: object) => JSON.parse((await ask(JSON.stringify(request))) as string) as CommandAnswer,
};
const onChange = () => tellHost({ report: hosts.map(({ health }) => health()) });
const policies = references.policies.current;
/** By process. */
const steps: Readonly<Record<string, LetopisProcessOptions<unknown>['steps']>> = {
  retention: (execute) =>
    createRetentionSteps({ log, reader: createViewReader(store, codeOfViews()), execute, policies, clock: systemClock }),
  erasure: (execute) => createErasureSteps({ ...places, log, execute, policies, clock: systemClock }),
};
for (const process of processes)
  hosts.push(
    runLetopisProcess({
      ...{ process, log, commands, policies, clock: systemClock, steps: steps[process.name] },
      ...{ signal: stopping.signal, logger, onChange, pauseMs: PAUSE_MS },
    }),
  );
tellHost('running');
onChange();
