import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { buildsOf, readAlias } from './aliases.js';
import { checkpointOf, collectionsOf, partitionsOf } from './build.js';

export interface ErasedViews {
  /** Up to here all events are in every build of every view, those to be dropped included; undefined where there is no build. */
  reached(): Promise<Position | undefined>;
  /** Of these customers, those whose events wait in some build behind one that cannot be applied. */
  parked(customerIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** See `purge` of the store. */
  purge(): Promise<boolean>;
  /** See the store. */
  readonly remains?: string | undefined;
}

/** What an erasure waits for: each projector removes personal fields of an erased customer when its checkpoint passes the erasure. */
export const erasedViews = (store: ReadModelStore, views: readonly string[]): ErasedViews => {
  const builds = async () => {
    const aliases = await Promise.all(views.map((view) => readAlias(store, view)));
    return aliases.flatMap((alias) => [...buildsOf(alias), ...alias.retired]);
  };
  return {
    async reached() {
      const all = await Promise.all((await builds()).map((build) => checkpointOf(store, build)));
      return all.length === 0 ? undefined : all.reduce((least, each) => (each < least ? each : least));
    },
    async parked(customerIds) {
      const found = new Set<string>();
      for (const build of await builds())
        for (const partition of partitionsOf(build)) {
          const { parked } = collectionsOf(build, partition);
          // Hardly ever is anybody; then nobody is looked for.
          if ((await store.count(parked).catch(() => 0)) === 0) continue;
          for (const id of (await store.getMany(parked, customerIds)).keys()) found.add(id);
        }
      return found;
    },
    purge: async () => (await store.purge?.()) ?? true,
    remains: store.remains,
  };
};
