import { setTimeout as sleep } from 'node:timers/promises';
import { ORIGIN } from '#event-log/event-log.js';
import { relationshipStream } from '#relationship/streams.js';
import { catchUp, type Pace } from './advance-lanes.js';
import { isRefused, switched, withBuilding, withoutBuilding, withRefused } from './aliases.js';
import { createProgressNote, goalAt, type RebuildProgress } from './build-progress.js';
import { fill } from './fill.js';
import { codeOf, heldBy, type Instance, instanceName, sameCode, sameMeaning } from './instance.js';
import type { Lane } from './lane.js';
import { reasonOf } from './persistently.js';
import { repairCustomer } from './repair.js';
import { dropRetired, keepAlias, laneOf, type Running } from './running.js';
import { createTurns } from './turns.js';

/** What was to answer is empty, while what answers is not. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
  constructor(readonly view: string) {
    super(`the new build of ${view} came out empty and is not used; the former one is kept`);
  }
}

export class NoRollback extends Error {
  override readonly name = 'NoRollback';
  constructor(readonly view: string) {
    super(`no former build of ${view} by this code is kept`);
  }
}

/** Fills instances beside those that answer, and switches to them. */
export interface Builder {
  /** Builds whatever is missing or out of date, one pass for all, until the projector stops. */
  run(): Promise<void>;
  /** Something may be out of date. */
  look(): void;
  /** Resolves when the new filling answers. */
  rebuild(view: string): Promise<void>;
  /** @throws NoRollback, RebuildRefused */
  rollback(view: string): Promise<void>;
  progress(view: string): RebuildProgress | undefined;
  /** A customer who was repaired while instances are being filled is repaired in them too. */
  repaired(customerId: string): void;
  outOfDate(): readonly string[];
}

/** Short enough for live lanes to get their turn in between; long, so that each page is written less often, where nobody waits. */
const COMMIT_EVENTS = 2_000;
const COMMIT_EVENTS_ALONE = 5_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** Catching up goes on beside the live lanes until so little is left that they can wait for it. */
const NEAR_ROUNDS = 3;

export function createBuilder(running: Running, onProgress: (progress: RebuildProgress & { readonly view: string }) => void): Builder {
  const { log, store, projections, policies, logger, signal, turn, aliases, lanes, team } = running;
  const oneAtATime = createTurns();
  const asked = new Map<string, { resolve(): void; reject(error: unknown): void }[]>();
  const progress = new Map<string, RebuildProgress>();
  const note = createProgressNote(store);
  const repairs = new Set<string>();
  let wake: () => void = () => undefined;

  const wanted = (view: string) => ({
    view,
    ...codeOf(projections.get(view)!),
    policies: policies.revisions(projections.get(view)!.policies),
  });

  function isOutOfDate(view: string): boolean {
    const alias = aliases.get(view)!;
    const { current, pinned } = alias;
    if (!current || asked.has(view)) return true;
    if (isRefused(alias, wanted(view))) return false;
    return !sameCode(current, projections.get(view)!) || (!pinned && !sameMeaning(current, wanted(view)));
  }
  const outOfDate = () => [...projections.keys()].filter(isOutOfDate);

  /** The instance to go on with: one half caught up, the former one where it means the same, or a new one. */
  async function toBuild(view: string): Promise<Instance> {
    const alias = aliases.get(view)!;
    const target = wanted(view);
    if (!asked.has(view)) {
      const { building, previous } = alias;
      const resumable = building && sameMeaning(building, target) && (await store.checkpoint(instanceName(building))) > ORIGIN;
      if (resumable) return building;
      if (previous && sameMeaning(previous, target)) return previous;
    }
    const fresh = withBuilding(withoutBuilding(alias), target);
    await keepAlias(running, view, fresh);
    return fresh.building;
  }

  async function build(views: readonly string[]): Promise<void> {
    const fresh = new Set(views.filter((view) => asked.has(view)));
    repairs.clear();
    const built: Lane[] = [];
    for (const view of views) {
      built.push(await laneOf(running, await toBuild(view)));
      await dropRetired(running, view);
    }
    await takeToHead(built);
    for (const lane of built) {
      const { view } = lane.instance;
      const refused = await turn(() => join(lane, { pinned: false }));
      // Who asked meanwhile shares a filling that was begun anew; one that was gone on with is no rebuild.
      if (fresh.has(view)) {
        for (const { resolve, reject } of asked.get(view)!) refused ? reject(refused) : resolve();
        asked.delete(view);
      }
      await dropRetired(running, view);
    }
  }

  async function takeToHead(built: readonly Lane[]): Promise<void> {
    let goal = await goalAt(log, await log.head());
    const events = new Map(built.map(({ name }) => [name, 0]));
    const alone = lanes.size === 0 || running.unhurried;
    const pace = (own: readonly Lane[]): Pace => ({
      alone,
      commitEvents: running.commitEvents ?? (alone ? COMMIT_EVENTS_ALONE : COMMIT_EVENTS),
      signal,
      progressed(count) {
        for (const { name, instance } of own) {
          events.set(name, events.get(name)! + count);
          const now = { instance: name, events: events.get(name)!, ...goal };
          progress.set(instance.view, now);
          onProgress({ view: instance.view, ...now });
          // Who reads it can do without: a note that cannot be left holds up nothing.
          void note(instance.view, now).catch(() => undefined);
        }
      },
    });
    try {
      const empty = built.filter(({ checkpoint }) => checkpoint === ORIGIN);
      if (empty.length > 0 && goal.upTo > ORIGIN) await fill(log, store, empty, goal.upTo, pace(empty), team);
      for (let round = 0; round < NEAR_ROUNDS; round++) {
        goal = await goalAt(log, await log.head());
        await catchUp(log, store, built, goal.upTo, pace(built));
      }
    } finally {
      for (const { instance } of built) progress.delete(instance.view);
    }
  }

  /** Within a turn: nobody moves the live lanes meanwhile. Answers why it did not switch, if it did not. */
  async function join(lane: Lane, { pinned }: { readonly pinned: boolean }): Promise<RebuildRefused | undefined> {
    const { view } = lane.instance;
    await catchUp(log, store, [lane], running.position, { commitEvents: COMMIT_EVENTS, signal, progressed: () => undefined });
    for (const customerId of repairs) await repairCustomer(store, lane, customerId, await streamOfCustomer(customerId));
    const alias = aliases.get(view)!;
    const { current } = alias;
    const held = await heldBy(store, lane.instance);
    const before = current && (await heldBy(store, current));
    logger.info({ view, from: current && instanceName(current), to: lane.name, held, before }, 'view compared');
    if (before && held === 0) {
      logger.error({ view, before }, 'rebuild came out empty and is not taken');
      await keepAlias(running, view, withRefused(alias, lane.instance));
      return new RebuildRefused(view);
    }
    await keepAlias(running, view, switched(alias, lane.instance, { pinned }));
    lanes.set(view, lane);
    logger.info({ view, instance: lane.name }, 'view switched');
    return undefined;
  }

  async function streamOfCustomer(customerId: string) {
    const events = [];
    for await (const batch of log.readStream(relationshipStream(customerId))) events.push(...batch);
    return events;
  }

  return {
    outOfDate,
    look: () => wake(),
    progress: (view) => progress.get(view),
    repaired: (customerId) => void repairs.add(customerId),

    async run() {
      signal.addEventListener('abort', () => wake(), { once: true });
      let failures = 0;
      while (!signal.aborted) {
        const views = outOfDate();
        if (views.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        try {
          await oneAtATime(() => build(views));
          failures = 0;
        } catch (error) {
          if (signal.aborted) break;
          const waitMs = Math.min(RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
          logger.error({ views, ...reasonOf(error), failures, waitMs }, 'rebuild interrupted; it starts over');
          await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        }
      }
      for (const waiting of asked.values()) for (const { reject } of waiting) reject(new Error('the projector has stopped'));
    },

    rebuild: (view) =>
      new Promise((resolve, reject) => {
        asked.set(view, [...(asked.get(view) ?? []), { resolve, reject }]);
        wake();
      }),

    rollback: (view) =>
      oneAtATime(async () => {
        const { previous } = aliases.get(view)!;
        if (!previous || !sameCode(previous, projections.get(view)!)) throw new NoRollback(view);
        repairs.clear();
        const lane = await laneOf(running, previous);
        await takeToHead([lane]);
        const refused = await turn(() => join(lane, { pinned: true }));
        if (refused) throw refused;
      }),
  };
}
