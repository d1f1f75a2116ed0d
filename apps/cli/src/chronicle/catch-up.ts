import { pause } from '#async';
import type { EventLog } from '#event-log';
import type { Configuration } from '#platform/configuration/configuration.js';
import { createLetopisProjector } from '#platform/projecting/letopis-projector.js';
import { viewNames } from '#platform/projecting/views.js';
import { isShared, type Projector } from '#projections/runner/index.js';
import { openReadModels, type ReadModelStore, ReadModelsHeld } from '#read-models';
import { unavailable } from '../terminal/cli-error.js';
import { say } from '../terminal/output.js';
import { showViewProgress } from '../terminal/view-progress.js';

/**
 * Runs the projector of this process while the work is done, and stops it afterwards.
 * @throws ReadModelsUnavailable
 * @throws CliError where another process keeps the views up to date
 */
export async function withProjector<Result>(
  log: EventLog,
  configuration: Configuration,
  work: (projector: Projector) => Promise<Result>,
): Promise<Result> {
  return withReadModels(configuration, async (store) => {
    const holder = await holderOf(store);
    if (holder) throw unavailable(`${holder.message}; stop it first`);
    const projector = createLetopisProjector({ log, store, engines: configuration, unhurried: true });
    await projector.start();
    const ended = new AbortController();
    const showing = showViewProgress(projector, ended.signal);
    try {
      return await work(projector);
    } finally {
      ended.abort();
      await showing;
      await projector.stop();
    }
  });
}

/** @throws ReadModelsUnavailable */
export async function withReadModels<Result>(
  { readModelsUrl }: Configuration,
  work: (store: ReadModelStore) => Promise<Result>,
): Promise<Result> {
  const store = openReadModels(readModelsUrl);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Whether projectors of other processes build the views together: then nobody else is to write them. */
export const areShared = async (store: ReadModelStore): Promise<boolean> =>
  (await Promise.all(viewNames.map((view) => isShared(store, view)))).includes(true);

/** Who else keeps the views up to date; nobody from now on until the store is closed, when this process can. */
async function holderOf(store: ReadModelStore): Promise<ReadModelsHeld | undefined> {
  try {
    await store.hold?.();
    return undefined;
  } catch (error) {
    if (error instanceof ReadModelsHeld) return error;
    throw error;
  }
}

/**
 * Brings every view up to the head of the log; false where that is left to running projectors. What was imported is kept in any
 * case, so a view that cannot continue is reported, not thrown; the server continues with it.
 */
export const catchUpViews = async (log: EventLog, configuration: Configuration, signal: AbortSignal): Promise<boolean> => {
  if (await withReadModels(configuration, async (store) => (await areShared(store)) || (await holderOf(store)) !== undefined)) {
    say('the running projectors update the views');
    return false;
  }
  await withProjector(log, configuration, async (projector) => {
    const ended = new AbortController();
    const settled = projector.settled().then(() => undefined);
    const problem = await Promise.race([settled, watch(projector, AbortSignal.any([signal, ended.signal]))]);
    ended.abort();
    if (problem !== undefined) say(`the views are not up to date: ${problem}; \`letopis serve\` or \`letopis rebuild\` continues`);
  });
  return true;
};

const LOOK_EVERY_MS = 1_000;

/** Resolves with the reason when there is no going on. */
async function watch(projector: Projector, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    await pause(LOOK_EVERY_MS, signal);
    const status = await projector.status();
    const stalled = status.find(({ state }) => state === 'stalled');
    if (stalled) return `${stalled.view} ${stalled.error ?? 'cannot continue'}`;
  }
  return 'interrupted';
}
