import { collectionsOf, type Instance } from '#projections/runner/instance.js';
import { readAllPages } from '#projections/runner/read-all-pages.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';

/** Everything that an instance of a view holds, in one order; `knownDays` are the days of knowledge told apart in its totals. */
export async function viewContents(store: ReadModelStore, instance: Instance, knownDays: readonly string[]) {
  const names = collectionsOf(instance);
  const all = (name: string) => readAllPages(store, name, {});
  const [documents, rows, entries, contributors, parked] = await Promise.all([
    all(names.documents),
    all(names.rows),
    all(names.entries),
    all(names.contributors),
    all(names.parked),
  ]);
  const totals = await Promise.all(knownDays.map((knownTo) => store.totals(names.totals, { by: 'day', knownTo })));
  // A row reflects at least the event that changed it; how much more depends on the batch that it came in.
  const withoutPosition = (stored: typeof rows) => stored.map(({ key, fields, body }) => ({ key, fields, body }));
  return { documents, rows: withoutPosition(rows), entries, contributors: withoutPosition(contributors), parked, totals };
}
