import type { StreamShare } from '#event-log';
import { collectionsIn, type FilledShares, type Filling, type FillingPace, fillShares } from './fill.js';
import { sameCode } from './instance.js';
import { openLane } from './lane.js';
import { createPolicyWatch, readPolicies } from './policy-watch.js';
import type { ProjectorOptions } from './projector.js';

/** One of the team, over engines of its own, for as long as there are shares. */
export async function fillInTeam(
  options: Pick<ProjectorOptions, 'log' | 'store' | 'projections' | 'policies'>,
  filling: Filling,
  shares: Iterable<StreamShare>,
  pace: FillingPace,
): Promise<FilledShares> {
  const { log, store, projections } = options;
  const policies = createPolicyWatch(options.policies);
  await readPolicies(log, policies);
  const lanes = await Promise.all(
    filling.instances.map((instance) => {
      const projection = projections.find(({ name }) => name === instance.view)!;
      // What the thread was started from was replaced after whoever asks it had loaded its own.
      if (!sameCode(projection, instance)) throw new Error(`the program was replaced while it runs; restart it to build ${instance.view}`);
      return openLane({
        store,
        projection,
        instance,
        policies: policies.at(instance.policies),
        cachedCustomers: 1,
      });
    }),
  );
  if (filling.fast) await store.beginFilling?.(collectionsIn(lanes));
  return fillShares(log, store, lanes, filling, pace, shares);
}
