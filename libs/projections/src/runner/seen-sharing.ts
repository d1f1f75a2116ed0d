import { setTimeout as sleep } from 'node:timers/promises';
import { ReadModelsUnavailable } from '#read-models/errors.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';

const SETTING = 'sharing';
const TOLD_EVERY_MS = 2_000;
const WATCHED_MS = 10_000;

/** Leaves word now and then that projectors share the customers: a number that grows, so that nobody's clock matters. */
export function createWord(store: Pick<ReadModelStore, 'getSetting' | 'putSetting'>): () => Promise<void> {
  let told = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - told < TOLD_EVERY_MS) return;
    await store.putSetting(SETTING, ((await store.getSetting<number>(SETTING)) ?? 0) + 1);
    told = performance.now();
  };
}

/**
 * Two ways of filling the same views would undo each other for ever. Where projectors have ever shared the customers it takes 10 s to see
 * whether they still do.
 * @throws ReadModelsUnavailable while they do
 */
export async function refuseBesideSharing(store: Pick<ReadModelStore, 'getSetting'>, signal: AbortSignal): Promise<void> {
  const word = await store.getSetting<number>(SETTING);
  if (word === undefined) return;
  await sleep(WATCHED_MS, undefined, { signal });
  if ((await store.getSetting<number>(SETTING)) !== word)
    throw new ReadModelsUnavailable('projectors that share the customers fill these views: set PROJECTOR=off here, or stop them');
}
