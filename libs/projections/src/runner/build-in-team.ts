import type { StreamShare } from '#event-log';
import { sameCode } from './build.js';
import { type BuildPace, type BuildTask, type BuiltShares, buildShares, collectionsIn } from './build-by-stream.js';
import { createPolicyWatch, readPolicies } from './policy-watch.js';
import type { ProjectorOptions } from './projector.js';
import { openShard } from './shard.js';

/** One of the team, over engines of its own, for as long as there are shares. */
export async function buildInTeam(
  options: Pick<ProjectorOptions, 'log' | 'store' | 'projections' | 'policies'>,
  task: BuildTask,
  shares: Iterable<StreamShare>,
  pace: BuildPace,
): Promise<BuiltShares> {
  const { log, store, projections } = options;
  const policies = createPolicyWatch(options.policies);
  await readPolicies(log, policies);
  const shards = await Promise.all(
    task.builds.map((build) => {
      const projection = projections.find(({ name }) => name === build.view)!;
      // What the thread was started from was replaced after whoever asks it had loaded its own.
      if (!sameCode(projection, build)) throw new Error(`the program was replaced while it runs; restart it to build ${build.view}`);
      return openShard({
        store,
        projection,
        build,
        policies: policies.at(build.policies),
        cachedSubjects: 1,
      });
    }),
  );
  if (task.fast) await store.beginBulkLoad?.(collectionsIn(shards));
  return buildShares(log, store, shards, task, pace, shares);
}
