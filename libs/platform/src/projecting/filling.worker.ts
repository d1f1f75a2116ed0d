import { parentPort, workerData } from 'node:worker_threads';
import { openEventLog } from '#event-log';
import { fillInTeam } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { eventCatalogue } from '../events/current-events.js';
import { type FillingThreadData, type FromFillingThread, sharesTaken } from './filling-thread-messages.js';
import { letopisViews } from './letopis-views.js';

const { eventLogUrl, readModelsUrl, filling, shares } = workerData as FillingThreadData;
const port = parentPort!;
const tell = (message: FromFillingThread, given?: ArrayBuffer[]) => port.postMessage(message, given);
const stopping = new AbortController();
port.on('message', () => stopping.abort());

const log = await openEventLog(eventLogUrl, { registry: eventCatalogue, readOnly: true });
const store = openReadModels(readModelsUrl, { beside: true });
try {
  const pace = { signal: stopping.signal, progressed: (events: number) => tell(events) };
  const filled = await fillInTeam({ log, store, ...letopisViews() }, filling, sharesTaken(shares), pace);
  tell(
    filled,
    filled.totals.map(({ numbers }) => numbers.buffer),
  );
} finally {
  await store.close();
  await log.close();
  port.close();
}
