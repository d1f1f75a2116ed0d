import { ReadModelsUnavailable } from '#read-models/errors.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';

const SETTING = 'sharing';
const TOLD_EVERY_MS = 5_000;
const GONE_AFTER_MS = 30_000;

/** Leaves word now and then that projectors share the customers. */
export function createWord(store: Pick<ReadModelStore, 'putSetting'>): () => Promise<void> {
  let told = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - told < TOLD_EVERY_MS) return;
    await store.putSetting(SETTING, { at: new Date().toISOString() });
    told = performance.now();
  };
}

/** Two ways of filling the same views would undo each other for ever. @throws ReadModelsUnavailable while others share the customers */
export async function refuseBesideSharing(store: Pick<ReadModelStore, 'getSetting'>): Promise<void> {
  const word = await store.getSetting<{ readonly at: string }>(SETTING);
  if (word && Date.now() - Date.parse(word.at) < GONE_AFTER_MS)
    throw new ReadModelsUnavailable(
      `projectors that share the customers fill these views: set PROJECTOR=off here, or stop them and wait ${GONE_AFTER_MS / 1000} s`,
    );
}
