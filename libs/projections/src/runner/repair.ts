import type { Batch } from '#event-log';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { contributorKey } from './contributors.js';
import { collectionsOf } from './instance.js';
import type { Lane } from './lane.js';
import { readAllPages } from './read-all-pages.js';
import { addAmount, type Deltas } from './sums.js';
import { type DeltasBody, keysOfCustomer } from './write-set.js';

/**
 * Replaces everything that a lane holds of one customer by what the events (of the whole stream, up to the lane's checkpoint) come to now.
 * Totals change by the difference to what the former changes of this customer added, so they end right whatever code made those.
 */
export async function repairCustomer(store: ReadModelStore, lane: Lane, customerId: string, events: Batch): Promise<void> {
  const names = collectionsOf(lane.instance);
  const known = events.filter(({ position }) => position <= lane.checkpoint);
  const own = { range: { key: keysOfCustomer(customerId) } };
  const [pieces, rows, entries, deltas] = await Promise.all([
    readAllPages(store, names.pieces, own),
    readAllPages(store, names.rows, own),
    readAllPages(store, names.entries, own),
    readAllPages<DeltasBody>(store, names.deltas, own),
  ]);
  const writes = lane.newWriteSet();
  for (const { key } of pieces) writes.delete('pieces', key);
  for (const { key } of rows) writes.delete('rows', key);
  for (const { key } of entries) writes.delete('entries', key);
  for (const { key } of deltas) writes.delete('deltas', key);
  const former = takenBack(deltas.map(({ body }) => body));
  for (const series of former.keys()) writes.delete('contributors', contributorKey(series, customerId));
  writes.delete('documents', customerId);
  writes.delete('parked', customerId);
  writes.add(former);
  // Deletes go before upserts, so what is still true stays.
  const { parked } = lane.fold(customerId, known, writes);
  await store.commit([{ ...writes.batch('unchanged') }]);
  lane.forget(customerId);
  if (parked) lane.park(parked);
  else lane.unpark(customerId);
}

function takenBack(bodies: readonly DeltasBody[]): Deltas {
  const deltas: Deltas = new Map();
  for (const body of bodies) {
    for (const [series, amounts] of Object.entries(body)) {
      for (let at = 0; at < amounts.length; at += 3) addAmount(deltas, series, amounts[at]!, amounts[at + 1]!, -amounts[at + 2]!);
    }
  }
  return deltas;
}
