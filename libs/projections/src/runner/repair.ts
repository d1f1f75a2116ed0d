import type { Batch } from '#event-log';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import type { Row } from '../projection.js';
import { collectionsOf } from './instance.js';
import type { Lane } from './lane.js';
import { readAllPages } from './read-all-pages.js';
import { addAmount, type Deltas, placeOf } from './sums.js';
import type { ContributorBody } from './write-set.js';

/**
 * Replaces everything that a lane holds of one customer by what the events (of the whole stream, up to the lane's checkpoint) come to now.
 * Totals change by the difference to the amounts that are stored under this customer, day of knowledge by day of knowledge, so they end
 * right whatever code made the former ones.
 */
export async function repairCustomer(store: ReadModelStore, lane: Lane, customerId: string, events: Batch): Promise<void> {
  const names = collectionsOf(lane.instance);
  const known = events.filter(({ position }) => position <= lane.checkpoint);
  const [rows, entries, contributors] = await Promise.all([
    keysOf(store, names.rows, customerId),
    keysOf(store, names.entries, customerId),
    readAllPages<ContributorBody>(store, names.contributors, { where: { customerId } }),
  ]);
  const writes = lane.newWriteSet();
  for (const key of rows) writes.delete('rows', key);
  for (const key of entries) writes.delete('entries', key);
  for (const { key } of contributors) writes.delete('contributors', key);
  writes.delete('documents', customerId);
  writes.delete('parked', customerId);
  writes.add(takenBack(contributors.map(({ fields, body }) => [fields.series as string, body])));
  // Deletes go before upserts, so what is still true stays.
  const { parked } = lane.fold(customerId, known, writes);
  await store.commit([{ ...writes.batch('unchanged') }]);
  lane.forget(customerId);
  if (parked) lane.parked.set(customerId, parked);
  else lane.parked.delete(customerId);
}

function takenBack(contributors: readonly (readonly [series: string, body: ContributorBody])[]): Deltas {
  const deltas: Deltas = new Map();
  for (const [series, { amounts }] of contributors) {
    const places = new Map<string, number>();
    for (const [day, known, amount] of amounts) addAmount(places, placeOf(day, known), -amount);
    deltas.set(series, places);
  }
  return deltas;
}

/** Keys of rows begin with the customer's id; a longer id that begins alike is another customer's. */
async function keysOf(store: ReadModelStore, collection: string, customerId: string): Promise<readonly Row['key'][]> {
  const found = await readAllPages(store, collection, { range: { key: { gte: customerId, lt: `${customerId}\u{10FFFF}` } } });
  return found.map(({ key }) => key).filter((key) => !/^[\p{L}\p{N}]/u.test(key.slice(customerId.length)));
}
