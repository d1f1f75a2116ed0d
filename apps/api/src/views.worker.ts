import { workerData } from 'node:worker_threads';
import { type EventLogUnavailable } from '#event-log';
import {
  CustomerAccesses,
  codeOfViews,
  createAccessReader,
  createLogger,
  createResponsibilities,
  customerAudience,
  flushLogger,
  followErasures,
  followStreamChanges,
  isoNow,
  openLetopisLog,
  openReferences,
} from '#platform';
import { createOwnRecords } from '#projections';
import { companyFigures } from '#projections/churn/company.js';
import { keptDurations } from '#projections/funnel/kept-durations.js';
import { createViewReader } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { customerIdOf, relationshipPrefix } from '#relationship';
import { CustomerScope } from './edge/customer-scope.js';
import { WrittenText } from './edge/json-answer.js';
import { answerHost, tellHost } from './threads/answering.js';
import type { ViewsAnswer, ViewsRequest, ViewsWorkerData } from './threads/thread-messages.js';
import { answerView } from './views/answer-view.js';
import { viewCatalogue } from './views/catalogue.js';

const { readModelsUrl, accessLogUrl, logLevel, ...engines } = workerData as ViewsWorkerData;
const logger = createLogger(logLevel);
const log = await openLetopisLog(engines);
const store = openReadModels(readModelsUrl, { readOnly: true });
// Nothing is answered by rules that are no longer followed: this thread ends by it and starts again.
const broken = (error: unknown) => {
  throw error;
};
const interrupted = (error: EventLogUnavailable) =>
  logger.error({ reason: error.message }, 'the event log is unavailable; views use policies that may be outdated');
const references = await openReferences(log, broken, interrupted);
const reader = createViewReader(store, codeOfViews());

const changes = log.guarantees.oneWriter ? undefined : await followStreamChanges({ log, streamPrefix: relationshipPrefix });
const own = createOwnRecords(log, customerAudience);
const erasures = await followErasures(log, (stream) => own.forget(customerIdOf(stream)!));
const accesses = new CustomerAccesses(log, reader, changes);
const scope = new CustomerScope(log, accesses, references.curators, isoNow);
const responsibilities = createResponsibilities({ logs: [log], accesses, clock: isoNow, views: { store, reader } });
const { policies, curators, subscribers } = references;
const accessReader = createAccessReader(accessLogUrl);
const sources = { accessReader, reader, log, policies, curators, subscribers, responsibilities, own };
const definitions = new Map(viewCatalogue.map((definition) => [definition.name, definition]));

answerHost({
  async answer(request) {
    const { name, question } = request as ViewsRequest;
    // A view is never ahead of the policies that it is asked under, nor of who works here.
    await references.fresh();
    const { body, ...answer } = await answerView(sources, scope, definitions.get(name)!, question);
    return { ...answer, text: body instanceof WrittenText ? body.text : JSON.stringify(body) } satisfies ViewsAnswer;
  },
  async stop() {
    await changes?.close();
    await erasures.close();
    await references.close();
    await accessReader.close();
    await log.close();
    await store.close();
    await flushLogger(logger);
  },
});
tellHost('running');

// What takes long to read of a large company is there when it is first asked for; where the view is not built yet, whoever asks reads it.
const now = isoNow();
const context = { reader, log, policies: policies.current(), now };
void companyFigures(context, now)
  .catch(() => undefined)
  .then(() => keptDurations(context))
  .catch(() => undefined);
