import type { Entry } from '#projections/projection.js';
import { type Build, collectionsOf } from '#projections/runner/build.js';
import { contributorKey } from '#projections/runner/contributors.js';
import { entriesIn } from '#projections/runner/entries.js';
import { readAllPages } from '#projections/runner/read-all-pages.js';
import { readTotals } from '#projections/runner/read-totals.js';
import { createSums } from '#projections/runner/sums.js';
import type { DeltasBody } from '#projections/runner/write-set.js';
import type { ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';

/** Everything that a build of a view holds, in one order; `knownDays` are the days of knowledge that its totals distinguish. */
export async function viewContents(store: ReadModelStore, build: Build, knownDays: readonly string[]) {
  const names = collectionsOf(build);
  const all = (name: string) => readAllPages(store, name, {});
  const [documents, blocks, rows, entries, contributors, deltas, parked] = await Promise.all([
    all(names.documents),
    all(names.blocks),
    all(names.rows),
    all(names.entries),
    all(names.contributors),
    readAllPages<DeltasBody>(store, names.deltas, {}),
    all(names.parked),
  ]);
  const totals = await Promise.all(knownDays.map((knownTo) => readTotals(store, build, { by: 'day', knownTo })));
  // A row, or a block, reflects at least the event that changed it; how much more depends on the batch that it came in.
  const withoutPosition = (stored: typeof rows) => stored.map(({ key, fields, body }) => ({ key, fields, body }));
  const added = addedByCustomer(deltas);
  const named = new Set(contributors.flatMap(({ key, body }) => namedBy(key, body as { readonly customers?: readonly string[] })));
  for (const key of Object.keys(added)) if (!named.has(key)) throw new Error(`${key} adds to a series that does not name the customer`);
  return {
    documents,
    blocks: withoutPosition(blocks),
    rows: withoutPosition(rows),
    entries: entries.flatMap(entriesIn).sort(byKey),
    added,
    parked,
    totals,
  };
}

const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : 1);

/** As `contributorKey` has them. */
function namedBy(key: string, { customers }: { readonly customers?: readonly string[] }): readonly string[] {
  return customers?.map((customerId) => contributorKey(key.slice(0, key.lastIndexOf('|')), customerId)) ?? [key];
}

/** By series and customer, day and day of knowledge; however many changes it took. */
function addedByCustomer(deltas: readonly StoredDocument<DeltasBody>[]): Readonly<Record<string, unknown>> {
  const sums = createSums();
  for (const { key, body } of deltas) {
    for (const [series, amounts] of Object.entries(body)) sums.add(contributorKey(series, key.slice(0, key.lastIndexOf('|'))), amounts);
  }
  const added: Record<string, Record<string, number>> = {};
  for (const { series, day, known, amount } of sums.entries()) {
    added[series] ??= {};
    added[series][`${day} ${known}`] = amount;
  }
  return added;
}
