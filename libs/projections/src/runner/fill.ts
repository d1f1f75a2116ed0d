import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, RecordedEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { customerOf } from '../facts.js';
import { catchUp, type Pace, RELATIONSHIP_PREFIX } from './advance-lanes.js';
import { collectionsOf } from './instance.js';
import type { Lane } from './lane.js';

/** Of one view, in memory. */
const HELD_TOTALS = 100_000;

/**
 * Fills empty lanes from the log up to a position. Where the log reads by stream, each customer is folded once and written once, so neither
 * memory nor writes grow with the length of the log; the checkpoint is set at the end, and whoever finds none after a crash starts over.
 * Totals gather over many commits, as most of them come again with the next customers.
 */
export async function fill(log: EventLog, store: ReadModelStore, lanes: readonly Lane[], upTo: Position, pace: Pace): Promise<void> {
  if (!log.readByStream) return catchUp(log, store, lanes, upTo, pace);
  const sets = lanes.map((lane) => lane.newWriteSet());
  const collections = lanes.flatMap(({ instance }) => Object.values(collectionsOf(instance)));
  if (pace.alone) await store.beginFilling?.(collections);
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

  async function commit(heldTotals: number): Promise<void> {
    await store.commit(sets.map((set) => set.flush(heldTotals)));
    pace.progressed(folded);
    folded = 0;
    pace.signal.throwIfAborted();
    await nextTurn();
  }

  for await (const batch of log.readByStream({ upTo, streamPrefix: RELATIONSHIP_PREFIX })) {
    for (const event of batch) {
      if (customer.length > 0 && customer[0]!.stream !== event.stream) {
        foldCustomer();
        if (folded >= pace.commitEvents) await commit(HELD_TOTALS);
      }
      customer.push(event);
    }
  }
  foldCustomer();
  await commit(0);
  if (pace.alone) await store.endFilling?.(collections);
  await store.commit(lanes.map(({ name }) => ({ projection: name, position: upTo, upserts: [], deletes: [], increments: [] })));
  for (const lane of lanes) lane.checkpoint = upTo;
}
