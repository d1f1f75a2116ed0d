import type { Batch } from '#event-log';
import { ORIGIN } from '#event-log/event-log.js';
import { CheckpointMoved } from '#read-models/errors.js';
import { catchUp, onceSubjectsAreFree, type Pace } from './advance-shards.js';
import { buildByStream } from './build-by-stream.js';
import { createProgressNote, goalAt, type RebuildProgress } from './build-progress.js';
import { repairSubject } from './repair.js';
import { type OwnShard, openOwnShard, type Running } from './running.js';
import type { Shard } from './shard.js';

/** Takes shards from their checkpoints to that of those that follow the log, and adds them to these. */
export interface Builder {
  /** Resolves when they follow the log, are no longer of this projector, or another has moved them. */
  bring(shards: readonly OwnShard[], of: { readonly isBuild: boolean }): Promise<void>;
  /** This one, or any. */
  isComing(name?: string): boolean;
  /** Gives up all shards that come together with others than these. Resolves when nothing more is written into them. */
  keepOnly(names: ReadonlySet<string>): Promise<void>;
  /** This subject is to be refolded in a new shard before it follows the log. */
  repair(subject: Subject): void;
  progress(view: string): RebuildProgress | undefined;
}

/** The one that a stream belongs to. */
export interface Subject {
  readonly category: string;
  /** Of the stream. */
  readonly id: string;
}

interface Coming {
  readonly shards: readonly OwnShard[];
  readonly giveUp: AbortController;
  readonly repairs: Set<Subject>;
  done: Promise<void>;
}

/** Short enough for the shards that follow the log to get their turn in between. */
const COMMIT_EVENTS = 2_000;
/** Long, so that each page is written less often, where nobody waits, or only one partition of the subjects is in it. */
const COMMIT_EVENTS_LONG = 5_000;
/** Catching up runs beside the others until so little is left that they can wait for it. */
const NEAR_ROUNDS = 3;

export function createBuilder(running: Running, onProgress: (progress: RebuildProgress & { readonly view: string }) => void): Builder {
  const { log, store, logger, turn, team, group, subjects, shards: following } = running;
  const coming = new Set<Coming>();
  const progress = new Map<string, RebuildProgress>();
  const note = createProgressNote(store);

  async function takeToHead(shards: readonly Shard[], signal: AbortSignal, isBuild: boolean): Promise<void> {
    let goal = await goalAt(log, await log.head());
    const events = new Map(shards.map(({ name }) => [name, 0]));
    const alone = !group && (following.size === 0 || running.unhurried);
    const pace = (own: readonly Shard[]): Pace => ({
      alone,
      commitEvents: running.commitEvents ?? (alone || group ? COMMIT_EVENTS_LONG : COMMIT_EVENTS),
      group,
      subjects,
      signal,
      progressed(count) {
        if (!isBuild || group) return;
        for (const { name, build } of own) {
          events.set(name, events.get(name)! + count);
          const now = { build: name, events: events.get(name)!, ...goal };
          progress.set(build.view, now);
          onProgress({ view: build.view, ...now });
          // Who reads it can do without: a note that cannot be left holds up nothing.
          void note(build.view, now).catch(() => undefined);
        }
      },
    });
    try {
      // In a group another may write into the same shard for a moment: there it is built by commits that go on from its checkpoint.
      const empty = group ? [] : shards.filter(({ checkpoint }) => checkpoint === ORIGIN);
      if (empty.length > 0 && goal.upTo > ORIGIN) await buildByStream(log, store, empty, goal.upTo, pace(empty), team);
      for (let round = 0; round < NEAR_ROUNDS; round++) {
        goal = await goalAt(log, await log.head());
        await onceSubjectsAreFree(() => catchUp(log, store, shards, goal.upTo, pace(shards)), signal);
      }
    } finally {
      for (const { build } of shards) progress.delete(build.view);
    }
  }

  async function join(shards: readonly Shard[], { repairs }: Coming, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const pace = { commitEvents: COMMIT_EVENTS, group, subjects, signal, progressed: () => undefined };
    await catchUp(log, store, shards, running.position, pace);
    for (const subject of repairs) await repairIn(running, shards, subject);
    for (const shard of shards) following.set(shard.name, shard);
  }

  async function work(own: Coming, isBuild: boolean): Promise<void> {
    const signal = AbortSignal.any([running.signal, own.giveUp.signal]);
    try {
      const shards = await Promise.all(own.shards.map((shard) => openOwnShard(running, shard)));
      await takeToHead(shards, signal, isBuild);
      await onceSubjectsAreFree(() => turn(() => join(shards, own, signal)), signal);
      logger.info({ shards: shards.map(({ name }) => name) }, 'following the log');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CheckpointMoved)) throw error;
      logger.warn({ projection: error.projection }, 'another projector committed first; restarting from its checkpoint');
    } finally {
      coming.delete(own);
    }
  }

  return {
    bring(shards, { isBuild }) {
      const own: Coming = { shards, giveUp: new AbortController(), repairs: new Set(), done: Promise.resolve() };
      coming.add(own);
      own.done = work(own, isBuild);
      return own.done;
    },
    isComing: (name) => [...coming].some(({ shards }) => name === undefined || shards.some((shard) => shard.name === name)),
    async keepOnly(names) {
      const foreign = [...coming].filter(({ shards }) => !shards.every(({ name }) => names.has(name)));
      for (const { giveUp } of foreign) giveUp.abort();
      await Promise.allSettled(foreign.map(({ done }) => done));
    },
    repair(subject) {
      for (const { repairs } of coming) repairs.add(subject);
    },
    progress: (view) => progress.get(view),
  };
}

/** Within a turn. Refolds the subject of a stream in those of the shards that hold it. */
export async function repairIn({ store, group, subjects }: Running, shards: Iterable<Shard>, { category, id }: Subject): Promise<void> {
  const whole = new Map<string, Batch>();
  for (const shard of shards) {
    const subject = subjects.subjectAt(shard.checkpoint)(category, id);
    if (shard.view.projection.category !== category || shard.partition !== group?.partitionOf(subject)) continue;
    const key = `${subject}@${shard.checkpoint}`;
    const events = whole.get(key) ?? (await subjects.eventsOf(category, subject, shard.checkpoint));
    whole.set(key, events);
    await repairSubject(store, shard, subject, events);
  }
}
