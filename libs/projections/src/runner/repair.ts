import type { Batch } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { CheckpointMoved } from '#read-models/errors.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { collectionsOf, repairsOf } from './build.js';
import { contributorKey } from './contributors.js';
import { readAllPages } from './read-all-pages.js';
import type { Shard } from './shard.js';
import { addAmount, type Deltas } from './sums.js';
import { type DeltasBody, keysOf } from './write-set.js';

/**
 * Replaces everything that a shard holds of one subject by what its events yield now: of all of its streams, in the order of the log, up to
 * the checkpoint of the shard, or to `position`, to which it then moves; no events leave nothing. Totals change by the difference to what the former
 * changes of this subject added, so they end right whatever code made those. Where another has moved the shard, or repairs in it at the same
 * time, nothing is changed.
 * @throws CheckpointMoved
 */
export async function repairSubject(
  store: ReadModelStore,
  shard: Shard,
  subject: string,
  events: Batch,
  position: Position = shard.checkpoint,
): Promise<void> {
  const names = collectionsOf(shard.build, shard.partition);
  const its = { range: { key: keysOf(subject) } };
  // Before anything is read, so that whoever repairs after this has moved it, and what a commit that broke off has left is done.
  const repairs = repairsOf(shard.name);
  const [repaired, checkpoint] = [await store.checkpoint(repairs), await store.checkpoint(shard.name)];
  if (repaired !== shard.repairs) throw new CheckpointMoved(shard.name, shard.repairs, repaired);
  if (checkpoint !== shard.checkpoint) throw new CheckpointMoved(shard.name, shard.checkpoint, checkpoint);
  const [blocks, rows, entries, deltas] = await Promise.all([
    readAllPages(store, names.blocks, its),
    readAllPages(store, names.rows, its),
    readAllPages(store, names.entries, its),
    readAllPages<DeltasBody>(store, names.deltas, its),
  ]);
  const writes = shard.newWriteSet();
  for (const { key } of blocks) writes.delete('blocks', key);
  for (const { key } of rows) writes.delete('rows', key);
  for (const { key } of entries) writes.delete('entries', key);
  for (const { key } of deltas) writes.delete('deltas', key);
  const former = takenBack(deltas.map(({ body }) => body));
  for (const series of former.keys()) writes.delete('contributors', contributorKey(series, subject));
  writes.delete('documents', subject);
  writes.delete('parked', subject);
  writes.add(former);
  // Deletes go before upserts, so what is still true stays.
  const { parked } = shard.fold(subject, events, writes);
  const own = { ...writes.batch(position > shard.checkpoint ? position : 'unchanged'), after: shard.checkpoint };
  if (own.position !== 'unchanged') await store.commit([{ ...own, unmoved: { projection: repairs, position: repaired } }]);
  else {
    const counted = following(repaired);
    await store.commit([{ projection: repairs, position: counted, after: repaired, upserts: [], deletes: [], increments: [] }, own]);
    shard.repairs = counted;
  }
  shard.checkpoint = position;
  shard.forget(subject);
  if (parked) shard.park(parked);
  else shard.unpark(subject);
}

/** Greater, and nobody else's: counted here, not a position of the log. */
function following(repaired: Position): Position {
  const count: number = Number.parseInt(String(repaired), 10) + 1;
  return `${String(count).padStart(20, '0')}-${crypto.randomUUID()}` as Position;
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
