import type { ReadModelStore } from '#read-models/read-model-store.js';
import { aliasOfNone, readAlias, writeAlias } from './aliases.js';
import { dropBuild } from './build.js';

/** Safe to repeat. Numbers of builds go on, so that a release that has the view again begins none of a name that was dropped. */
export async function dropFormerViews(store: ReadModelStore, views: readonly string[]): Promise<void> {
  for (const view of views) {
    const { retired, ...none } = aliasOfNone(await readAlias(store, view));
    if (retired.length === 0) continue;
    for (const build of retired) await dropBuild(store, build);
    await writeAlias(store, view, { ...none, retired: [] });
  }
}
