import { ORIGIN, type Position } from '#event-log/event-log.js';
import { CheckpointMoved } from '#read-models/errors.js';
import { advanceLanes, catchUp } from './advance-lanes.js';
import { type Alias, readAlias } from './aliases.js';
import { coalesced, type Stretch } from './coalesced.js';
import { createDecider } from './decider.js';
import { type Instance, instanceName, sameCode } from './instance.js';
import { type Lane, openLane } from './lane.js';
import { SubscriptionEnded } from './live.js';
import { persistently, reasonOf } from './persistently.js';
import { createPolicyWatch, POLICY_PREFIX, readPolicies } from './policy-watch.js';
import type { ProjectorOptions } from './projector.js';
import { quiet, tellParked } from './running.js';
import { createWord } from './seen-sharing.js';
import { createTurns } from './turns.js';

/** How customers are divided among projectors. */
export interface Sharing {
  readonly partitions: number;
  /** 0 to `partitions − 1`; the same for everyone. */
  partitionOf(customerId: string): number;
}

export interface SharedProjectorOptions
  extends Pick<ProjectorOptions, 'log' | 'store' | 'projections' | 'policies' | 'logger' | 'cachedCustomers' | 'commitEvents'> {
  readonly sharing: Sharing;
  /** How often the aliases of the views are looked at; 250 ms when absent. */
  readonly lookMs?: number;
}

/** One of several projectors that fill the same views, each the customers of the partitions that are assigned to it. */
export interface SharedProjector {
  start(): void;
  /**
   * Its partitions from now on. Another may think for a moment that it has them still: whichever commits first goes on, and the other finds
   * the checkpoint moved and lets go.
   */
  assign(partitions: readonly number[]): void;
  /** Finishes the batch under way. */
  stop(): Promise<void>;
}

const MAX_EVENTS = 1_000;
const PAUSE_MS = 25;
const LOOK_MS = 250;
const COMMIT_EVENTS = 5_000;
const CATCH_UP_ROUNDS = 3;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Who has partition 0 decides which instance of a view is filled and which one answers; everyone fills the partitions that it has of both
 * the one that answers and the one that is being built. A lane goes on from its checkpoint, whoever brought it there; so partitions change
 * hands at any instant.
 */
export function createSharedProjector(options: SharedProjectorOptions): SharedProjector {
  const { log, store, sharing, logger = quiet, cachedCustomers = 2_000, commitEvents = COMMIT_EVENTS, lookMs = LOOK_MS } = options;
  const { partitions, partitionOf } = sharing;
  const projections = new Map(options.projections.map((projection) => [projection.name, projection]));
  const policies = createPolicyWatch(options.policies);
  const decider = createDecider({ log, store, projections, policies, partitions, logger });
  const tell = createWord(store);
  const stopping = new AbortController();
  const { signal } = stopping;
  const turn = createTurns();
  const live = new Map<string, Lane>();
  const coming = new Set<string>();
  let assigned: ReadonlySet<number> = new Set();
  let position: Position = ORIGIN;
  let wake: () => void = () => undefined;
  let wantedNames: ReadonlySet<string> = new Set();
  let policiesReadAt: Position | undefined;
  const running = new Set<Promise<unknown>>();

  interface Wanted {
    readonly name: string;
    readonly instance: Instance;
    readonly partition: number;
  }

  function wantedOf(instances: readonly (Instance | undefined)[]): readonly Wanted[] {
    return instances
      .filter((instance) => instance !== undefined)
      .filter((instance) => instance.partitions === partitions && sameCode(instance, projections.get(instance.view)!))
      .flatMap((instance) => [...assigned].map((partition) => ({ name: instanceName(instance, partition), instance, partition })));
  }

  const open = ({ instance, partition }: Wanted): Promise<Lane> =>
    openLane({
      store,
      projection: projections.get(instance.view)!,
      instance,
      policies: policies.at(instance.policies),
      cachedCustomers: Math.ceil((2 * cachedCustomers) / partitions),
      onParked: tellParked(logger),
      share: { partition, partitionOf },
    });

  /** Takes lanes from where they stand to where the live ones are, and makes them live. */
  async function bring(wanted: readonly Wanted[]): Promise<void> {
    for (const { name } of wanted) coming.add(name);
    const revoked = () => wanted.some(({ name, partition }) => !assigned.has(partition) || !wantedNames.has(name));
    const pace = {
      commitEvents,
      partitionOf,
      signal,
      progressed: () => {
        if (revoked()) throw new Revoked();
      },
    };
    try {
      const lanes = await Promise.all(wanted.map(open));
      for (let round = 0; round < CATCH_UP_ROUNDS; round++) await catchUp(log, store, lanes, await log.head(), pace);
      await turn(async () => {
        await catchUp(log, store, lanes, position, pace);
        for (const lane of lanes) live.set(lane.name, lane);
      });
      logger.info({ lanes: lanes.map(({ name }) => name) }, 'following');
    } catch (error) {
      if (signal.aborted || error instanceof Revoked) return;
      if (!(error instanceof CheckpointMoved)) throw error;
      logger.warn({ projection: error.projection }, 'another projector was quicker; beginning again from its checkpoint');
    } finally {
      for (const { name } of wanted) coming.delete(name);
    }
  }

  async function look(): Promise<void> {
    const aliases = new Map<string, Alias>();
    for (const view of projections.keys()) aliases.set(view, await readAlias(store, view));
    // After the aliases, so that the policies that an instance was decided under are known here too.
    const head = await log.head();
    if (head !== policiesReadAt) await readPolicies(log, policies);
    policiesReadAt = head;
    if (assigned.has(0)) {
      await tell();
      for (const [view, alias] of aliases) aliases.set(view, await decider.decide(view, alias));
    }
    const answering = wantedOf([...aliases.values()].map(({ current }) => current));
    const building = wantedOf([...aliases.values()].map((alias) => alias.building));
    const names = new Set([...answering, ...building].map(({ name }) => name));
    wantedNames = names;
    await turn(async () => {
      for (const name of live.keys()) if (!names.has(name)) live.delete(name);
    });
    for (const group of [answering, building]) {
      const missing = group.filter(({ name }) => !live.has(name) && !coming.has(name));
      if (missing.length > 0) background(bring(missing));
    }
  }

  let failure: unknown;
  function background(work: Promise<void>): void {
    const done = work
      .catch((error) => {
        failure = error;
      })
      .finally(() => {
        running.delete(done);
        wake();
      });
    running.add(done);
  }

  async function keep(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let pause = lookMs;
      try {
        if (failure) throw failure;
        await look();
        failures = 0;
      } catch (error) {
        failure = undefined;
        pause = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
        logger.error({ ...reasonOf(error), failures, waitMs: pause }, 'views are not looked after; trying again');
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  }

  /** Lanes that another has moved are let go of; the others go on. */
  async function advance({ events, head }: Stretch): Promise<void> {
    for (;;) {
      try {
        await advanceLanes(store, [...live.values()], events, head, partitionOf);
        position = head;
        return;
      } catch (error) {
        if (!(error instanceof CheckpointMoved)) throw error;
        logger.warn({ projection: error.projection }, 'another projector has moved this partition; letting go of it');
        live.delete(error.projection);
      }
    }
  }

  async function follow(): Promise<void> {
    for await (const stretch of coalesced(log.subscribe({ after: position, signal }), MAX_EVENTS, PAUSE_MS)) {
      const stalled = (error: unknown) => logger.error({ ...reasonOf(error), position }, 'projector stalled; trying again');
      // Turns are given up between the tries, so that lanes can be taken away meanwhile.
      await persistently(() => turn(() => advance(stretch)), signal, stalled);
      if (stretch.events.some(({ stream }) => stream.startsWith(POLICY_PREFIX))) wake();
    }
    signal.throwIfAborted();
    throw new SubscriptionEnded();
  }

  async function run(): Promise<void> {
    const failed = (error: unknown) => logger.error({ ...reasonOf(error), position }, 'the log does not answer; trying again');
    position = await persistently(() => log.head(), signal, failed);
    await Promise.all([keep(), persistently(follow, signal, failed)]);
  }

  return {
    start() {
      running.add(run());
    },

    assign(its) {
      assigned = new Set(its);
      logger.info({ partitions: [...assigned].sort((a, b) => a - b), of: partitions }, 'partitions assigned');
      wake();
    },

    async stop() {
      stopping.abort();
      wake();
      await Promise.allSettled(running);
    },
  };
}

class Revoked extends Error {
  override readonly name = 'Revoked';
}
