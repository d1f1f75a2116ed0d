import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { readAlias } from './aliases.js';
import { RebuildRefused } from './builder.js';
import { rebuildSetting } from './decider.js';

const LOOK_MS = 100;

/** Whether projectors that share the customers fill the view, or have begun to. */
export async function isShared(store: Pick<ReadModelStore, 'getSetting'>, view: string): Promise<boolean> {
  const { current, building } = await readAlias(store, view);
  return (building ?? current)?.partitions !== undefined;
}

/** Asks the projectors that share a view to fill it anew, and waits until the new filling answers. @throws RebuildRefused */
export async function rebuildShared(store: ReadModelStore, view: string, signal: AbortSignal): Promise<void> {
  const { generations: asked } = await readAlias(store, view);
  await store.putSetting(rebuildSetting(view), asked);
  while (!signal.aborted) {
    const { current, building, generations, refused } = await readAlias(store, view);
    if (current && current.generation > asked) return;
    if (generations > asked && !building && refused) throw new RebuildRefused(view);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
