import type { Position } from '#event-log/event-log.js';
import { ORIGIN } from '#event-log/event-log.js';
import { calendarOf } from '../calendar.js';
import { policiesOf } from '../projection.js';
import {
  type Alias,
  isRejected,
  switched,
  withBuilding,
  withoutBuilding,
  withoutForeign,
  withoutPrevious,
  withRejected,
} from './aliases.js';
import {
  type Build,
  buildName,
  checkpointOf,
  codeOf,
  documentCount,
  dropBuild,
  partitionsOf,
  sameCode,
  sameMeaning,
  specsOf,
} from './build.js';
import { createProgressNote, goalAt } from './build-progress.js';
import { type Asked, forgetRollback, readAsked } from './requests.js';
import { keepAlias, type Running } from './running.js';

/** In a group what is retired is kept so long: readers and writers have turned to its successor by then. */
const RETIRED_MS = 5_000;

const nothing: Asked = { rebuild: -1 };

/**
 * Decides which build of each view is written and which one answers. A decision follows from what is stored, so two who decide come to the
 * same.
 * @param isStarted whether this projector writes a build, or feeds it
 */
export function createBuildCoordinator(running: Running, isStarted: (name: string) => boolean) {
  const { log, store, projections, policies, aliases, group, logger } = running;
  const goals = new Map<string, Position>();
  const retiredSince = new Map<string, number>();
  const asked = new Map<string, Asked>();
  /** Made here, and nothing written into them yet. */
  const fresh = new Set<string>();
  const note = createProgressNote(store);

  function targetOf(view: string): Omit<Build, 'generation'> {
    const projection = projections.get(view)!;
    const revisions = policies.revisions(policiesOf(projection));
    const { tz } = calendarOf(policies.at(revisions));
    return {
      view,
      ...codeOf(projection),
      policies: revisions,
      ...(tz !== undefined && { tz }),
      ...(group && { partitions: group.partitions }),
    };
  }

  /** What is to answer again, where that was asked for and is still there. */
  function rollbackOf({ current, previous }: Alias, { rollback }: Asked, target: Omit<Build, 'generation'>): Build | undefined {
    if (!rollback || current?.generation !== rollback.from || previous?.generation !== rollback.to) return undefined;
    return sameCode(previous, target) && previous.partitions === target.partitions ? previous : undefined;
  }

  function next(alias: Alias, target: Omit<Build, 'generation'>, requests: Asked): Alias {
    const { current, previous, building, pinned } = alias;
    const { rebuild } = requests;
    const former = rollbackOf(alias, requests, target);
    if (former && !building) return { ...alias, building: former };
    if (former && building?.generation === former.generation) return alias;
    if (building && (building.generation <= rebuild || !sameMeaning(building, target)))
      return next(withoutBuilding(alias), target, requests);
    if (building) return alias;
    const isRequested = !current || alias.generations <= rebuild;
    if (!isRequested && isRejected(alias, target)) return alias;
    const isDue = isRequested || !sameCode(current, target) || current.partitions !== target.partitions;
    if (!isDue && (pinned || sameMeaning(current, target))) return alias;
    if (previous && previous.generation > rebuild && sameMeaning(previous, target)) return { ...alias, building: previous };
    return withBuilding(alias, target);
  }

  /**
   * Who builds alone does so subject by subject, with the checkpoint at the end: what has the origin as its checkpoint and is no longer being built was
   * cut off, and nobody knows how much is in it.
   */
  async function isCutOff(building: Build): Promise<boolean> {
    const name = buildName(building);
    if (group || fresh.has(name) || isStarted(name)) return false;
    return (await store.checkpoint(name)) === ORIGIN;
  }

  /** It has everything that the log held when it was first looked at, and all that the one that answers has. */
  async function hasArrived(building: Build, current: Build | undefined): Promise<boolean> {
    const name = buildName(building);
    const goal = goals.get(name) ?? (await log.head());
    goals.set(name, goal);
    const answered = current ? await checkpointOf(store, current) : ORIGIN;
    const reached = await checkpointOf(store, building);
    if (group) {
      const { totalEvents: events } = await goalAt(log, reached);
      await note(building.view, { build: name, ...(events !== undefined && { events }), ...(await goalAt(log, goal)) });
    }
    return reached >= goal && reached >= answered;
  }

  async function switchTo(view: string, building: Build, isRollback: boolean): Promise<void> {
    const alias = aliases.get(view)!;
    for (const partition of partitionsOf(building))
      await store.declare(specsOf(projections.get(view)!, building, policies.at(building.policies), partition));
    const count = await documentCount(store, building);
    const before = alias.current && (await documentCount(store, alias.current));
    const names = { view, from: alias.current && buildName(alias.current), to: buildName(building), count, before };
    goals.delete(buildName(building));
    if (before && count === 0) {
      logger.error(names, 'rebuild is empty and was rejected');
      await keepAlias(running, view, withRejected(alias, building));
    } else {
      await keepAlias(running, view, switched(alias, building, { pinned: isRollback }));
      logger.info(names, 'view switched');
    }
    if (isRollback) await forgetRollback(store, view);
  }

  /** What is kept for a rollback is not fed: it goes once a customer was erased who may be in it. */
  async function withoutErased(alias: Alias): Promise<Alias> {
    if (!alias.previous || alias.building?.generation === alias.previous.generation) return alias;
    const after = await checkpointOf(store, alias.previous);
    for await (const [erased] of log.readAll({ after, types: ['customer-erased'], limit: 1 })) if (erased) return withoutPrevious(alias);
    return alias;
  }

  return {
    /** Something is to be built, being built, or still to be dropped. */
    isDue(view: string): boolean {
      const alias = aliases.get(view);
      if (!alias || alias.building || (!group && alias.retired.length > 0)) return true;
      return next(alias, targetOf(view), asked.get(view) ?? nothing) !== alias;
    },

    /** A build begins to be written. */
    started: (name: string) => void fresh.delete(name),

    async decide(view: string): Promise<void> {
      const stored = aliases.get(view)!;
      const target = targetOf(view);
      const requests = await readAsked(store, view);
      asked.set(view, requests);
      let alias = await withoutErased(withoutForeign(stored, target));
      if (alias.building && (await isCutOff(alias.building))) alias = withoutBuilding(alias);
      alias = next(alias, target, requests);
      if (alias !== stored) {
        if (alias.building && alias.generations > stored.generations) fresh.add(buildName(alias.building));
        await keepAlias(running, view, alias);
      }
      const { building, current } = alias;
      const former = rollbackOf(alias, requests, target);
      if (requests.rollback && !former) await forgetRollback(store, view);
      if (building && (await hasArrived(building, current))) await switchTo(view, building, building.generation === former?.generation);
    },

    /** To be called when nobody here writes into what is retired any more. */
    async dropRetired(view: string): Promise<void> {
      const alias = aliases.get(view)!;
      const now = performance.now();
      for (const build of alias.retired) if (!retiredSince.has(buildName(build))) retiredSince.set(buildName(build), now);
      const due = alias.retired.filter((build) => !group || now - retiredSince.get(buildName(build))! >= RETIRED_MS);
      if (due.length === 0) return;
      for (const build of due) {
        await dropBuild(store, build);
        retiredSince.delete(buildName(build));
      }
      await keepAlias(running, view, { ...alias, retired: alias.retired.filter((build) => !due.includes(build)) });
    },
  };
}
