import { createMutex, pause, persistently, reasonOf } from '#async';
import type { EventLog } from '#event-log';
import { ORIGIN } from '#event-log/event-log.js';
import { CheckpointMoved } from '#read-models/errors.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { idOf, prefixOf } from '#relationship/kernel/aggregate.js';
import { calendarOf, UnknownTimeZone } from '../calendar.js';
import { type Projection, policiesOf } from '../projection.js';
import { readAlias } from './aliases.js';
import { shardOf } from './build.js';
import type { BuildTeam } from './build-by-stream.js';
import { createBuildCoordinator } from './build-coordinator.js';
import type { RebuildProgress } from './build-progress.js';
import { createBuilder, repairIn, type Subject } from './builder.js';
import { dropFormerViews } from './former-views.js';
import { createLive } from './live.js';
import { createLogFingerprint, giveUpViewsOfAnotherLog } from './log-fingerprint.js';
import type { ParkedSubject } from './parking.js';
import { createPolicyWatch, type PolicyFolding, readPolicies } from './policy-watch.js';
import { askedSubjects, declareRequests, rebuildView, rollbackView, type Waiting } from './requests.js';
import { openOwnShard, type ProjectorLogger, quiet, type Running, shardsOf } from './running.js';
import type { Group, Shard } from './shard.js';
import { createSubjects, type Merging } from './subjects.js';
import { statusOf, type ViewStatus } from './view-status.js';

export interface ProjectorOptions {
  /** Its events at the version that views and policies know. */
  readonly log: EventLog;
  /** Written by this projector, or those of its group, alone, from its start until the store is closed. */
  readonly store: ReadModelStore;
  readonly projections: readonly Projection[];
  /** Names of views that are no more: their builds are dropped. */
  readonly formerViews?: readonly string[];
  readonly policies: PolicyFolding;
  /** Each stream is a subject of its own when absent. */
  readonly merging?: Merging | undefined;
  /** Of which it is a member; alone when absent. */
  readonly group?: Group;
  readonly onProgress?: (progress: RebuildProgress & { readonly view: string }) => void;
  /** Called with the name of the error that holds up the views that answer, and with undefined when they continue. */
  readonly onStalled?: ((error: string | undefined) => void) | undefined;
  readonly logger?: ProjectorLogger;
  /** Documents kept in memory for each view; 2000 when absent. */
  readonly cachedSubjects?: number;
  /** Events of one commit while building and catching up; what suits either when absent. */
  readonly commitEvents?: number;
  /** Builds with it what is long enough, unless in a group; alone when absent. */
  readonly team?: BuildTeam | undefined;
  /** Nobody waits for the views that answer: what is rebuilt beside them may hold up the store for seconds. */
  readonly unhurried?: boolean;
  /** How often what others decided, or ask for, is looked at; 250 ms in a group when absent, and a second alone. */
  readonly lookMs?: number;
}

/**
 * Keeps views up to date, alone or as one of a group whose members each have some partitions of the subjects. Who has partition 0 decides
 * which build of a view is written and which one answers; everyone feeds its partitions of both the one that answers and the one that is being
 * built. A shard continues from its checkpoint, whoever brought it there; so partitions change hands at any instant.
 */
export interface Projector {
  /**
   * Resolves when the projector runs, however long its engines are away, or its views held by another projector, before; building and catching
   * up go on behind it.
   */
  start(): Promise<void>;
  /**
   * Its partitions from now on, in a group. Another may think for a moment that it has them still: whichever commits first continues, and the
   * other finds the checkpoint moved and lets go.
   */
  assign(partitions: readonly number[]): void;
  /** Finishes the batch under way. */
  stop(): Promise<void>;
  /** Resolves when every view is built, up to date and at the head as it was at the call: what is this projector's of it. */
  settled(): Promise<void>;
  status(): Promise<readonly ViewStatus[]>;
  /** Blue-green; resolves when the new build answers. @throws RebuildRejected */
  rebuild(view: string): Promise<void>;
  /** Back to the build before, until the next rebuild or other code. @throws NoRollback, RebuildRejected */
  rollback(view: string): Promise<void>;
  /** Refolds the subject of a stream in every view of its category, as far as it is this projector's, and takes it off the parked ones where that works. */
  rebuildSubject(stream: string): Promise<void>;
  parked(): readonly ParkedSubject[];
}

export class UnknownView extends Error {
  override readonly name = 'UnknownView';
  constructor(readonly view: string) {
    super(`unknown view ${view}`);
  }
}

const LOOK_MS = 250;
const LOOK_ALONE_MS = 1_000;
const RETRY = { firstMs: 100, longestMs: 5_000 };
/** Of who waits for this very projector. */
const SOON_MS = 5;

export function createProjector(options: ProjectorOptions): Projector {
  const {
    log,
    store,
    group,
    logger = quiet,
    onProgress = () => undefined,
    onStalled = () => undefined,
    lookMs = group ? LOOK_MS : LOOK_ALONE_MS,
  } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running: Running = {
    log,
    store,
    logger,
    projections: new Map(options.projections.map((projection) => [projection.name, projection])),
    policies: createPolicyWatch(options.policies),
    subjects: createSubjects(log, options.merging),
    cachedSubjects: options.cachedSubjects ?? 2_000,
    commitEvents: options.commitEvents,
    team: options.team,
    unhurried: options.unhurried ?? false,
    group,
    signal,
    onStalled,
    turn: createMutex(),
    aliases: new Map(),
    assigned: new Set(group ? [] : [undefined]),
    shards: new Map(),
    position: ORIGIN,
  };
  const { shards, aliases, projections, policies, subjects, turn } = running;
  const views = [...projections.keys()];
  const builder = createBuilder(running, onProgress);
  const coordinator = createBuildCoordinator(running, (name) => shards.has(name) || builder.isComing(name));
  const fingerprint = createLogFingerprint(running);
  /** Ends the pause between two looks; called during a look, it looks again at once. */
  let nudge = new AbortController();
  const wake = () => nudge.abort();
  const live = createLive(running, fingerprint, wake);
  const work = new Set<Promise<unknown>>();
  let failure: unknown;
  let coordinates = false;

  function background(done: Promise<unknown>): void {
    const ended = done
      .catch((error) => {
        failure = error;
      })
      .finally(() => {
        work.delete(ended);
        wake();
      });
    work.add(ended);
  }

  const answering = () =>
    shardsOf(
      running,
      [...aliases.values()].map(({ current }) => current),
    );

  /** Reads what is stored, and decides where that is this projector's to do. */
  async function decide(): Promise<void> {
    for (const view of views) aliases.set(view, await readAlias(store, view));
    // A build may have been started under policies that have not been read from the log here yet.
    const known = policies.revisions(views.flatMap((view) => policiesOf(projections.get(view)!)));
    const taken = [...aliases.values()].flatMap(({ current, building }) =>
      [current, building].flatMap((build) => Object.entries(build?.policies ?? {})),
    );
    if (taken.some(([policy, revision]) => revision > (known[policy] ?? -1))) await readPolicies(log, policies);
    // Whoever does not know the zone of the company writes nothing more, also where others decide. @throws UnknownTimeZone
    calendarOf(policies.at(policies.revisions(['company'])));
    const mine = running.assigned.has(group ? 0 : undefined);
    if (mine && !coordinates) await giveUpViewsOfAnotherLog(running);
    coordinates = mine;
    if (mine) for (const view of views) await coordinator.decide(view);
  }

  async function look(): Promise<void> {
    await store.hold?.(group?.name);
    await decide();
    const groups = [
      answering(),
      shardsOf(
        running,
        [...aliases.values()].map(({ building }) => building),
      ),
    ] as const;
    const names = new Set(groups.flat().map(({ name }) => name));
    await builder.keepOnly(names);
    await turn(async () => {
      for (const name of shards.keys()) if (!names.has(name)) shards.delete(name);
    });
    for (const [i, own] of groups.entries()) {
      const missing = own.filter(({ name }) => !shards.has(name) && !builder.isComing(name));
      for (const { name } of missing) coordinator.started(name);
      if (missing.length > 0) background(builder.bring(missing, { isBuild: i === 1 }));
    }
    if (coordinates) for (const view of views) await coordinator.dropRetired(view);
    if (group) await repairAsked(group);
  }

  /** Those that are this projector's, once the shards that they lie in follow the log. One that fails holds up no other. */
  async function repairAsked({ partitionOf }: Group): Promise<void> {
    if (running.assigned.size === 0) return;
    for (const { stream, done, fail } of await askedSubjects(store)) {
      try {
        const subject = subjectOf(stream);
        const partition = partitionOf(subjects.subjectAt(running.position)(subject.category, subject.id));
        const own = answering().filter((each) => each.partition === partition);
        if (own.length === 0 || !own.every(({ name }) => shards.has(name))) continue;
        await repair(subject);
        await done();
      } catch (error) {
        // It comes again with the next look, once the shard has been reopened.
        if (error instanceof CheckpointMoved) continue;
        const { reason, error: name } = reasonOf(error);
        if (reason !== undefined) throw error;
        logger.error({ stream, error: name }, 'a subject cannot be rebuilt');
        await fail(name);
      }
    }
  }

  function subjectOf(stream: string): Subject {
    const category = [...projections.values()].map((each) => each.category).find((each) => stream.startsWith(prefixOf({ category: each })));
    if (category === undefined) throw new TypeError(`no view reads the stream ${stream}`);
    return { category, id: idOf({ category }, stream) };
  }

  const repair = (subject: Subject): Promise<void> =>
    turn(async () => {
      builder.repair(subject);
      try {
        await repairIn(running, shards.values(), subject);
      } catch (error) {
        // To be reopened at its checkpoint.
        if (error instanceof CheckpointMoved && shards.delete(shardOf(error.projection))) wake();
        throw error;
      }
      const kept = shardsOf(
        running,
        [...aliases.values()].map(({ previous }) => previous),
      );
      for (const closed of kept.filter(({ name }) => !shards.has(name))) {
        const subjectThere = subjects.subjectAt(await store.checkpoint(closed.name))(subject.category, subject.id);
        if (closed.partition === group?.partitionOf(subjectThere)) await repairIn(running, [await openOwnShard(running, closed)], subject);
      }
    });

  const keepLooking = () =>
    persistently(
      async (gettingOn) => {
        while (!signal.aborted) {
          nudge = new AbortController();
          const error = failure;
          failure = undefined;
          if (error) throw error;
          await look();
          if (!builder.isComing()) gettingOn();
          await pause(lookMs, nudge.signal);
        }
      },
      signal,
      (error, next) =>
        logger.error(
          { ...reasonOf(error), ...(error instanceof UnknownTimeZone && { reason: error.message }), ...next },
          'views are not updated, or a build was interrupted; retrying',
        ),
      RETRY,
    );

  /** Alone, those that answer follow the log from their checkpoints; a build of other code stays, unfed and unread, until its successor is built. */
  async function openAnswering(): Promise<void> {
    await decide();
    running.position = await log.head();
    await subjects.readTo(running.position);
    if (group) return;
    for (const own of answering()) shards.set(own.name, await openOwnShard(running, own));
    for (const { checkpoint } of shards.values()) if (checkpoint < running.position) running.position = checkpoint;
  }

  /** Work that is safe to repeat, retried until the engines are there; what is no fault of theirs is thrown. */
  async function enginesAnswer(begin: () => Promise<void>): Promise<void> {
    let logged: string | undefined;
    const waits = (error: unknown) => {
      const { reason, error: name } = reasonOf(error);
      if (reason === undefined) throw error;
      if (logged !== reason) logger.error({ error: name, reason }, 'projector waiting');
      logged = reason;
    };
    await persistently(begin, signal, waits).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  function known(view: string): string {
    if (!projections.has(view)) throw new UnknownView(view);
    return view;
  }

  /** Through the store, as whoever is in another process asks. */
  async function ask(request: (waiting: Waiting) => Promise<void>): Promise<void> {
    await request({ signal, lookMs: SOON_MS, asked: wake });
    if (signal.aborted) throw new Error('the projector has stopped');
  }

  const ofView = (view: string): readonly Shard[] => {
    const current = aliases.get(view)?.current;
    return [...shards.values()].filter(({ build }) => build.view === view && build.generation === current?.generation);
  };

  return {
    async start() {
      await enginesAnswer(async () => {
        await store.hold?.(group?.name);
        if (group) await declareRequests(store);
        await dropFormerViews(store, options.formerViews ?? []);
        await readPolicies(log, policies);
        await openAnswering();
        await fingerprint.now();
      });
      if (signal.aborted) return;
      background(live.run());
      background(keepLooking());
    },

    assign(partitions) {
      running.assigned = new Set(partitions);
      logger.info({ partitions: [...partitions].sort((a, b) => a - b), of: group?.partitions }, 'partitions assigned');
      wake();
    },

    async stop() {
      stopping.abort();
      wake();
      if (work.size === 0) return;
      while (work.size > 0) await Promise.all(work);
      await fingerprint.now().catch((error) => logger.warn(reasonOf(error), 'the log fingerprint of the views could not be stored'));
    },

    async settled() {
      const head = await log.head();
      const isReached = () =>
        views.every((view) => !coordinator.isDue(view)) &&
        answering().every(({ name }) => (shards.get(name)?.checkpoint ?? ORIGIN) >= head);
      while (!isReached() && !signal.aborted) await pause(SOON_MS, signal);
    },

    status: () => statusOf(running, { shardsOf: ofView, progress: builder.progress, stalledBy: live.stalledBy() }),

    rebuild: async (view) => ask((waiting) => rebuildView(store, known(view), waiting)),
    rollback: async (view) => ask((waiting) => rollbackView(store, known(view), waiting)),
    rebuildSubject: async (stream) => repair(subjectOf(stream)),
    parked: () => views.flatMap((view) => ofView(view).flatMap((shard) => [...shard.parked.values()])),
  };
}
