import type { EventLog } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import type { Projection } from '../projection.js';
import { type Alias, isRefused, switched, withBuilding, withoutBuilding, withoutForeign, withRefused, writeAlias } from './aliases.js';
import { createProgressNote, goalAt } from './build-progress.js';
import {
  checkpointOf,
  codeOf,
  dropInstance,
  heldBy,
  type Instance,
  instanceName,
  partitionsOf,
  sameCode,
  sameMeaning,
  specsOf,
} from './instance.js';
import type { PolicyWatch } from './policy-watch.js';
import type { ProjectorLogger } from './running.js';

export interface DeciderOptions {
  readonly log: Pick<EventLog, 'head' | 'count'>;
  readonly store: ReadModelStore;
  readonly projections: ReadonlyMap<string, Projection>;
  readonly policies: PolicyWatch;
  readonly partitions: number;
  readonly logger: ProjectorLogger;
}

/** What is retired is kept so long: readers and writers have turned to its successor by then. */
const RETIRED_MS = 5_000;

/** The generation beyond which a view is to be filled anew. */
export const rebuildSetting = (view: string) => `rebuild:${view}`;

/** Decides about the instances of partitioned views. A decision follows from what is stored alone, so two who decide come to the same. */
export function createDecider({ log, store, projections, policies, partitions, logger }: DeciderOptions) {
  const goals = new Map<string, Position>();
  const retiredSince = new Map<string, number>();
  const note = createProgressNote(store);

  async function keep(view: string, alias: Alias): Promise<Alias> {
    await writeAlias(store, view, alias);
    return alias;
  }

  function next(alias: Alias, target: Omit<Instance, 'generation'>, asked: number): Alias {
    const { building } = alias;
    if (building && (building.generation <= asked || !sameMeaning(building, target))) return next(withoutBuilding(alias), target, asked);
    if (building) return alias;
    const { current, previous, pinned } = alias;
    const fresh = !current || alias.generations <= asked;
    if (!fresh && isRefused(alias, target)) return alias;
    const due = fresh || !sameCode(current, target) || current.partitions !== partitions;
    if (!due && (pinned || sameMeaning(current, target))) return alias;
    if (previous && previous.generation > asked && sameMeaning(previous, target)) {
      const { previous: _, ...others } = alias;
      return { ...others, building: previous };
    }
    return withBuilding(alias, target);
  }

  /** It has everything that the log held when it was first looked at, and all that the one that answers has. */
  async function hasArrived(building: Instance, current: Instance | undefined): Promise<boolean> {
    const name = instanceName(building);
    const goal = goals.get(name) ?? (await log.head());
    goals.set(name, goal);
    const answered = current ? await checkpointOf(store, current) : ORIGIN;
    const reached = await checkpointOf(store, building);
    const { totalEvents: events } = await goalAt(log, reached);
    await note(building.view, { instance: name, ...(events !== undefined && { events }), ...(await goalAt(log, goal)) });
    return reached >= goal && reached >= answered;
  }

  async function switchTo(view: string, building: Instance, alias: Alias): Promise<Alias> {
    for (const partition of partitionsOf(building))
      await store.declare(specsOf(projections.get(view)!, building, policies.at(building.policies), partition));
    const held = await heldBy(store, building);
    const before = alias.current && (await heldBy(store, alias.current));
    const names = { view, from: alias.current && instanceName(alias.current), to: instanceName(building), held, before };
    if (before && held === 0) {
      logger.error(names, 'rebuild came out empty and is not taken');
      return keep(view, withRefused(alias, building));
    }
    const { building: _, ...others } = alias;
    logger.info(names, 'view switched');
    return keep(view, switched(others, building, { pinned: false }));
  }

  async function dropRetired(view: string, alias: Alias): Promise<Alias> {
    const now = performance.now();
    for (const instance of alias.retired) if (!retiredSince.has(instanceName(instance))) retiredSince.set(instanceName(instance), now);
    const due = alias.retired.filter((instance) => now - retiredSince.get(instanceName(instance))! >= RETIRED_MS);
    if (due.length === 0) return alias;
    for (const instance of due) {
      await dropInstance(store, instance);
      retiredSince.delete(instanceName(instance));
    }
    return keep(view, { ...alias, retired: alias.retired.filter((instance) => !due.includes(instance)) });
  }

  return {
    async decide(view: string, stored: Alias): Promise<Alias> {
      const projection = projections.get(view)!;
      const asked = (await store.getSetting<number>(rebuildSetting(view))) ?? -1;
      const target = { view, ...codeOf(projection), policies: policies.revisions(projection.policies), partitions };
      let alias = next(withoutForeign(stored, projection), target, asked);
      if (alias !== stored) await keep(view, alias);
      if (alias.building && (await hasArrived(alias.building, alias.current))) alias = await switchTo(view, alias.building, alias);
      return dropRetired(view, alias);
    },
  };
}
