import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, RecordedEvent, StreamShare } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import type { ProjectionBatch, ReadModelStore } from '#read-models/read-model-store.js';
import { relationshipPrefix } from '#relationship/streams.js';
import { customerOf } from '../facts.js';
import { catchUp, type Pace } from './advance-lanes.js';
import { collectionsOf, type Instance } from './instance.js';
import type { Lane } from './lane.js';
import type { ParkedCustomer } from './parking.js';
import type { PackedSums } from './sums.js';
import type { Held } from './write-set.js';

/** What is to be filled from the beginning of the log. Plain data, so that it can be sent to a thread. */
export interface Filling {
  readonly instances: readonly Instance[];
  readonly upTo: Position;
  /** Whether the collections have begun to be filled fast. */
  readonly fast: boolean;
  /** Of one commit. */
  readonly commitEvents: number;
}

export interface FillingPace {
  readonly signal: AbortSignal;
  readonly progressed: (events: number) => void;
}

/** What is left of shares that are filled. Plain data. */
export interface FilledShares {
  /** Who is parked in which view. */
  readonly parked: readonly ParkedCustomer[];
  /** Of each instance, still to be written. */
  readonly totals: readonly PackedSums[];
}

/** Threads that fill together, each a share of the customers, and write into the same store. */
export interface FillingTeam {
  /** Whether there is enough to fill for threads to pay. */
  isWorthwhile(events: number | undefined): boolean;
  /** When one of them fails all of them stop, and it throws. */
  fill(filling: Filling, pace: FillingPace): Promise<readonly FilledShares[]>;
}

const WHOLE: StreamShare = { index: 0, of: 1 };
/** Of one view in memory. */
const HELD: Held = { totals: 300_000, contributors: 300_000 };
const TOTALS_ONLY: Held = { totals: Number.POSITIVE_INFINITY, contributors: 0 };
const NOTHING: Held = { totals: 0, contributors: 0 };
/** Totals of one commit where live lanes are to get their turn in between. */
const SLICE = 5_000;
/** Of one commit at most: so few that what gathers for it dies young and is never looked at by the collector of old garbage. */
const COMMIT_EVENTS = 1_500;

/**
 * Fills empty lanes from the log up to a position. Where the log reads by stream, each customer is folded once and written once, so neither
 * memory nor writes grow with the length of the log, and a team can share the customers; the checkpoint is set at the end, and whoever
 * finds none after a crash starts over.
 */
export async function fill(
  log: EventLog,
  store: ReadModelStore,
  lanes: readonly Lane[],
  upTo: Position,
  pace: Pace,
  team?: FillingTeam,
): Promise<void> {
  if (!log.readByStream) return catchUp(log, store, lanes, upTo, pace);
  const fast = pace.alone === true && store.beginFilling !== undefined;
  const commitEvents = Math.min(pace.commitEvents, COMMIT_EVENTS);
  const filling = { instances: lanes.map(({ instance }) => instance), upTo, fast, commitEvents };
  if (fast) await store.beginFilling?.(collectionsIn(lanes));
  const helpers = team?.isWorthwhile(await log.count?.(ORIGIN, upTo)) ? team : undefined;
  const shares = (await helpers?.fill(filling, pace)) ?? [await fillShares(log, store, lanes, filling, pace, [WHOLE])];
  await writeTotals(store, lanes, filling, shares, pace.signal);
  const byView = new Map(lanes.map((lane) => [lane.instance.view, lane]));
  for (const parked of shares.flatMap((share) => share.parked)) byView.get(parked.view)!.park(parked);
  if (fast) await store.endFilling?.(collectionsIn(lanes));
  await store.commit(lanes.map(({ name }) => ({ projection: name, position: upTo, upserts: [], deletes: [], increments: [] })));
  for (const lane of lanes) lane.checkpoint = upTo;
}

/** Everything but what is left to be written. Totals and contributors gather over many commits, as most series come again with the next customers. */
export async function fillShares(
  log: EventLog,
  store: ReadModelStore,
  lanes: readonly Lane[],
  filling: Filling,
  pace: FillingPace,
  shares: Iterable<StreamShare>,
): Promise<FilledShares> {
  const { upTo, commitEvents } = filling;
  const sets = lanes.map((lane) => lane.newWriteSet());
  const parked: ParkedCustomer[] = [];
  let customers: RecordedEvent[][] = [];
  let gathered = 0;

  /** View by view, as the code of one stays in the processor's caches that way and that of all does not. */
  function foldGathered(): void {
    for (const [i, lane] of lanes.entries()) {
      for (const events of customers) {
        const attempt = lane.fold(customerOf(events[0]!.stream), events, sets[i]!);
        if (attempt.parked) parked.push(attempt.parked);
      }
    }
  }

  async function commit(): Promise<void> {
    foldGathered();
    await write(
      store,
      filling,
      sets.map((set) => set.flush(HELD)),
      pace.signal,
    );
    pace.progressed(gathered);
    customers = [];
    gathered = 0;
    pace.signal.throwIfAborted();
    await nextTurn();
  }

  for (const share of shares) {
    for await (const batch of log.readByStream!({ upTo, streamPrefix: relationshipPrefix, share })) {
      for (const event of batch) {
        const last = customers.at(-1);
        if (last?.[0]?.stream === event.stream) last.push(event);
        else {
          if (gathered >= commitEvents) await commit();
          customers.push([event]);
        }
        gathered++;
      }
    }
  }
  await commit();
  // One by one: so much is held back that another who fills could wait for seconds.
  for (const set of sets) await write(store, filling, [set.flush(TOTALS_ONLY)], pace.signal);
  return { parked, totals: sets.map((set) => set.totals()) };
}

/** Once for all shares: of two who fill, one would wait for the other, and most of what it wrote were the same sums again. */
async function writeTotals(
  store: ReadModelStore,
  lanes: readonly Lane[],
  filling: Filling,
  shares: readonly FilledShares[],
  signal: AbortSignal,
): Promise<void> {
  for (const [i, lane] of lanes.entries()) {
    const set = lane.newWriteSet();
    for (const { totals } of shares) set.addTotals(totals[i]!);
    await write(store, filling, [set.flush(NOTHING)], signal);
  }
}

async function write(store: ReadModelStore, { fast }: Filling, batches: readonly ProjectionBatch[], signal: AbortSignal): Promise<void> {
  if (fast) return store.commit(batches);
  await store.commit(batches.map((batch) => ({ ...batch, increments: [] })));
  for (const { increments, ...batch } of batches) {
    for (let at = 0; at < increments.length; at += SLICE) {
      await store.commit([{ ...batch, upserts: [], deletes: [], increments: increments.slice(at, at + SLICE) }]);
      signal.throwIfAborted();
      await nextTurn();
    }
  }
}

export const collectionsIn = (lanes: readonly Lane[]) => lanes.flatMap(({ instance }) => Object.values(collectionsOf(instance)));
