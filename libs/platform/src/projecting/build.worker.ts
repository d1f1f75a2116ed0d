import { workerData } from 'node:worker_threads';
import { answerHost, tellHost } from '#async';
import { type BuiltShares, buildInTeam } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { openLetopisLog } from '../privacy/open-letopis-log.js';
import { type BuildRequest, type BuildThreadData, sharesTaken } from './build-thread-messages.js';
import { letopisViews } from './letopis-views.js';

const { readModelsUrl, ...engines } = workerData as BuildThreadData;
const log = await openLetopisLog(engines);
const store = openReadModels(readModelsUrl, { beside: true });
const stopping = new AbortController();
let built: Promise<unknown> | undefined;

answerHost({
  answer(request) {
    const { task, shares } = request as BuildRequest;
    const pace = { signal: stopping.signal, progressed: (events: number) => tellHost(events) };
    built = buildInTeam({ log, store, ...letopisViews() }, task, sharesTaken(shares), pace);
    return built;
  },
  handedOver: (answer) => (answer as BuiltShares).totals.map(({ numbers }) => numbers.buffer),
  async stop() {
    stopping.abort();
    await Promise.allSettled([built]);
    await store.close();
    await log.close();
  },
});
