import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DomainEvent, EventLog, StreamShare } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { roughSize } from '#event-log/rough-size.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { idOf, prefixOf, streamOf } from '#relationship/kernel/aggregate.js';
import { byCategory, catchUp, type Pace } from './advance-shards.js';
import { type Build, collectionsOf } from './build.js';
import { MOST_CHARACTERS } from './coalesced.js';
import type { ParkedSubject } from './parking.js';
import type { Shard } from './shard.js';
import { type Joined, readMembers } from './subjects.js';
import { joinedSums, type PackedSums } from './sums.js';
import type { Flushed, Held } from './write-set.js';

/** What is to be built from the beginning of the log. Plain data, so that it can be sent to a thread. */
export interface BuildTask {
  readonly builds: readonly Build[];
  readonly upTo: Position;
  /** Whether the bulk load of the collections has started. */
  readonly fast: boolean;
  /** Of one commit. */
  readonly commitEvents: number;
  /** Subjects of several streams. */
  readonly joined: readonly Joined[];
}

export interface BuildPace {
  readonly signal: AbortSignal;
  readonly progressed: (events: number) => void;
}

/** What is left of shares that are built. Plain data. */
export interface BuiltShares {
  /** Who is parked in which view. */
  readonly parked: readonly ParkedSubject[];
  /** Of each build, still to be written. */
  readonly totals: readonly PackedSums[];
}

/** Threads that build together, each a share of the subjects, and write into the same store. */
export interface BuildTeam {
  /** Whether there is enough to build for threads to pay. */
  isWorthwhile(events: number | undefined): boolean;
  /** When one of them fails all of them stop, and it throws. */
  build(task: BuildTask, pace: BuildPace): Promise<readonly BuiltShares[]>;
}

const WHOLE: StreamShare = { index: 0, of: 1 };
/** Of one view in memory. */
const HELD: Held = { totals: 300_000, contributors: 300_000 };
const TOTALS_ONLY: Held = { totals: Number.POSITIVE_INFINITY, contributors: 0 };
/** Totals of one commit: shards that follow the log, and others who build, get their turn in between. */
const SLICE = 5_000;
/** Of one commit at most: so few that what gathers for it dies young and is never looked at by the collector of old garbage. */
const COMMIT_EVENTS = 1_500;

/**
 * Builds empty shards from the log up to a position. Where the log reads by stream, each subject is folded once and written once, so neither
 * memory nor writes grow with the length of the log, and a team can share the subjects; the checkpoint is set at the end, and whoever
 * finds none after a crash starts over.
 */
export async function buildByStream(
  log: EventLog,
  store: ReadModelStore,
  shards: readonly Shard[],
  upTo: Position,
  pace: Pace,
  team?: BuildTeam,
): Promise<void> {
  if (!log.readByStream) return catchUp(log, store, shards, upTo, pace);
  const fast = pace.alone === true && store.beginBulkLoad !== undefined;
  const commitEvents = Math.min(pace.commitEvents, COMMIT_EVENTS);
  await pace.subjects?.readTo(upTo);
  const joined = pace.subjects?.joinedAt(upTo) ?? [];
  const task = { builds: shards.map(({ build }) => build), upTo, fast, commitEvents, joined };
  if (fast) await store.beginBulkLoad?.(collectionsIn(shards));
  const helpers = team?.isWorthwhile(await log.count?.(ORIGIN, upTo)) ? team : undefined;
  const shares = (await helpers?.build(task, pace)) ?? [await buildShares(log, store, shards, task, pace, [WHOLE])];
  await writeTotals(store, shards, shares, pace.signal);
  const byView = new Map(shards.map((shard) => [shard.build.view, shard]));
  for (const parked of shares.flatMap((share) => share.parked)) byView.get(parked.view)!.park(parked);
  if (fast) await store.endBulkLoad?.(collectionsIn(shards));
  await store.commit(shards.map(({ name }) => ({ projection: name, position: upTo, upserts: [], deletes: [], increments: [] })));
  for (const shard of shards) shard.checkpoint = upTo;
}

/** Everything but what is left to be written. Totals and contributors gather over many commits, as most series come again with the next subjects. */
export async function buildShares(
  log: EventLog,
  store: ReadModelStore,
  shards: readonly Shard[],
  task: BuildTask,
  pace: BuildPace,
  shares: Iterable<StreamShare>,
): Promise<BuiltShares> {
  const { upTo, commitEvents, joined } = task;
  const sets = shards.map((shard) => shard.newWriteSet());
  const parked: ParkedSubject[] = [];
  let subjects: { readonly category: string; readonly subject: string; readonly events: DomainEvent[] }[] = [];
  let gathered = 0;
  let characters = 0;

  /** View by view, as the code of one stays in the processor's caches that way and that of all does not. */
  async function foldGathered(): Promise<void> {
    for (const [i, shard] of shards.entries()) {
      const set = sets[i]!;
      for (const { category, subject, events } of subjects) {
        if (category !== shard.view.projection.category) continue;
        const attempt = shard.fold(subject, events, set);
        if (attempt.parked) parked.push(attempt.parked);
        if (set.characters() >= MOST_CHARACTERS) await write(store, [set.flush(HELD)], pace.signal);
      }
    }
  }

  async function commit(): Promise<void> {
    await foldGathered();
    await write(
      store,
      sets.map((set) => set.flush(HELD)),
      pace.signal,
    );
    pace.progressed(gathered);
    subjects = [];
    gathered = 0;
    characters = 0;
    pace.signal.throwIfAborted();
    await nextTurn();
  }

  async function begin(category: string, subject: string): Promise<DomainEvent[]> {
    if (gathered >= commitEvents || characters >= MOST_CHARACTERS) await commit();
    const events: DomainEvent[] = [];
    subjects.push({ category, subject, events });
    return events;
  }

  function count({ data }: DomainEvent): void {
    gathered++;
    characters += roughSize(data);
  }

  const apart = new Set(joined.flatMap(({ category, members }) => members.map((id) => streamOf({ category }, id))));
  let isFirst = false;
  for (const share of shares) {
    isFirst ||= share.index === 0;
    for (const category of byCategory(shards).keys()) {
      let stream: string | undefined;
      let events: DomainEvent[] = [];
      for await (const batch of log.readByStream!({ upTo, streamPrefix: prefixOf({ category }), share })) {
        for (const event of batch) {
          if (apart.has(event.stream)) continue;
          if (event.stream !== stream) {
            stream = event.stream;
            events = await begin(category, idOf({ category }, stream));
          }
          events.push(event);
          count(event);
        }
      }
    }
  }
  for (const one of isFirst ? joined : []) {
    const events = await begin(one.category, one.subject);
    events.push(...(await readMembers(log, one, upTo)));
    events.forEach(count);
  }
  await commit();
  // One by one: so much is held back that another who builds could wait for seconds.
  for (const set of sets) await write(store, [set.flush(TOTALS_ONLY)], pace.signal);
  return { parked, totals: sets.map((set) => set.totals()) };
}

/** Once for all shares: of two who build, one would wait for the other, and most of what it wrote were the same sums again. */
async function writeTotals(
  store: ReadModelStore,
  shards: readonly Shard[],
  shares: readonly BuiltShares[],
  signal: AbortSignal,
): Promise<void> {
  for (const [i, shard] of shards.entries()) {
    const totals = joinedSums(shares.map((share) => share.totals[i]!));
    await write(store, [shard.newWriteSet().flushTotals(totals)], signal);
  }
}

async function write(store: ReadModelStore, flushed: readonly Flushed[], signal: AbortSignal): Promise<void> {
  await store.commit(flushed.map(({ batch }) => batch));
  for (const { batch, increments } of flushed) {
    for (const slice of inSlices(increments)) {
      await store.commit([{ ...batch, upserts: [], deletes: [], increments: slice }]);
      signal.throwIfAborted();
      await nextTurn();
    }
  }
}

function* inSlices<Item>(items: Iterable<Item>): Iterable<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

export const collectionsIn = (shards: readonly Shard[]) => shards.flatMap(({ build }) => Object.values(collectionsOf(build)));
