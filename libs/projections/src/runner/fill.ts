import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, RecordedEvent, StreamShare } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ProjectionBatch, ReadModelStore } from '#read-models/read-model-store.js';
import { customerOf } from '../facts.js';
import { catchUp, type Pace, RELATIONSHIP_PREFIX } from './advance-lanes.js';
import { collectionsOf, type Instance } from './instance.js';
import type { Lane } from './lane.js';
import type { ParkedCustomer } from './parking.js';

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

/** Threads that fill together, each a share of the customers, and write into the same store. */
export interface FillingTeam {
  /** Whether there is enough to fill for threads to pay. */
  isWorthwhile(upTo: Position): boolean;
  /** Everything but the checkpoints. Answers who is parked in which view. When one of them fails all of them stop, and it throws. */
  fill(filling: Filling, pace: FillingPace): Promise<readonly ParkedCustomer[]>;
}

const WHOLE: StreamShare = { index: 0, of: 1 };
/** Totals, and contributors, of one view in memory. */
const HELD = 300_000;
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
  if (team?.isWorthwhile(upTo)) {
    const byView = new Map(lanes.map((lane) => [lane.instance.view, lane]));
    for (const parked of await team.fill(filling, pace)) byView.get(parked.view)!.parked.set(parked.customerId, parked);
  } else await fillShares(log, store, lanes, filling, pace, [WHOLE]);
  if (fast) await store.endFilling?.(collectionsIn(lanes));
  await store.commit(lanes.map(({ name }) => ({ projection: name, position: upTo, upserts: [], deletes: [], increments: [] })));
  for (const lane of lanes) lane.checkpoint = upTo;
}

/** Everything but the checkpoints. Totals and contributors gather over many commits, as most series come again with the next customers. */
export async function fillShares(
  log: EventLog,
  store: ReadModelStore,
  lanes: readonly Lane[],
  { upTo, fast, commitEvents }: Filling,
  pace: FillingPace,
  shares: Iterable<StreamShare>,
): Promise<void> {
  const sets = lanes.map((lane) => lane.newWriteSet());
  let customer: RecordedEvent[] = [];
  let folded = 0;

  function foldCustomer(): void {
    const stream = customer[0]?.stream;
    if (stream === undefined) return;
    for (const [i, lane] of lanes.entries()) {
      const { parked } = lane.fold(customerOf(stream), customer, sets[i]!);
      if (parked) lane.parked.set(parked.customerId, parked);
    }
    folded += customer.length;
    customer = [];
  }

  async function write(batches: readonly ProjectionBatch[]): Promise<void> {
    if (fast) return store.commit(batches);
    await store.commit(batches.map((batch) => ({ ...batch, increments: [] })));
    for (const { increments, ...batch } of batches) {
      for (let at = 0; at < increments.length; at += SLICE) {
        await store.commit([{ ...batch, upserts: [], deletes: [], increments: increments.slice(at, at + SLICE) }]);
        pace.signal.throwIfAborted();
        await nextTurn();
      }
    }
  }

  async function commit(): Promise<void> {
    await write(sets.map((set) => set.flush(HELD)));
    pace.progressed(folded);
    folded = 0;
    pace.signal.throwIfAborted();
    await nextTurn();
  }

  for (const share of shares) {
    for await (const batch of log.readByStream!({ upTo, streamPrefix: RELATIONSHIP_PREFIX, share })) {
      for (const event of batch) {
        if (customer.length > 0 && customer[0]!.stream !== event.stream) {
          foldCustomer();
          if (folded >= commitEvents) await commit();
        }
        customer.push(event);
      }
    }
  }
  foldCustomer();
  await commit();
  // One by one: so much is held back that another who fills could wait for seconds.
  for (const set of sets) await write([set.flush(0)]);
}

export const collectionsIn = (lanes: readonly Lane[]) => lanes.flatMap(({ instance }) => Object.values(collectionsOf(instance)));
