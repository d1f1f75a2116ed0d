import type { Position } from '#event-log/event-log.js';
import type { ProjectionBatch, Scalar, TotalEntry, Upsert } from '#read-models/read-model-store.js';
import type { CustomerChange, View } from './advance.js';
import { collectionsOf, type Instance, instanceName, searchable, specsOf } from './instance.js';
import type { ParkedCustomer } from './parking.js';
import { createSums, type Deltas, type Sums } from './sums.js';

/** What one change of a customer added to the totals, by series: what its events stand for in numbers, and what a repair takes back. */
export type DeltasBody = Readonly<Record<string, readonly (readonly [day: string, known: string, amount: number])[]>>;

export const contributorKey = (series: string, customerId: string): string => `${series}|${customerId}`;
/** Of all changes of a customer; `}` is the character after the bar. */
export const deltasKeys = (customerId: string) => ({ gte: `${customerId}|`, lt: `${customerId}}` });

/** Gathers what one instance of a view writes in one commit. */
export interface WriteSet {
  change(change: CustomerChange): void;
  delete(kind: keyof SearchableFields, key: string): void;
  add(deltas: Deltas): void;
  park(parked: ParkedCustomer): void;
  batch(position: ProjectionBatch['position']): ProjectionBatch;
  /** A batch of what has gathered, which is then forgotten; totals are held back until there are so many of them. */
  flush(heldTotals: number): ProjectionBatch;
}

const none = {};

export function createWriteSet(instance: Instance, fields: SearchableFields, partition?: number): WriteSet {
  const names = collectionsOf(instance, partition);
  let upserts: Upsert[] = [];
  let deletes: { readonly collection: string; readonly key: string }[] = [];
  let sums = createSums();
  const owner = instanceName(instance, partition);

  function upsert(
    kind: keyof SearchableFields,
    key: string,
    position: Position,
    all: Readonly<Record<string, Scalar>>,
    json: string,
  ): void {
    upserts.push({ collection: names[kind], key, position, fields: searchable(all, fields[kind]), json });
  }

  function add(deltas: Deltas): void {
    for (const [series, amounts] of deltas) sums.add(series, amounts);
  }

  function contribute({ customerId, after, deltas, newSeries }: CustomerChange): void {
    const json = deltasJson(deltas);
    if (json === undefined) return;
    const { position } = after!;
    upsert('deltas', `${customerId}|${position}`, position, none, json);
    for (const series of newSeries) upsert('contributors', contributorKey(series, customerId), position, none, '{}');
  }

  return {
    change(change) {
      const { customerId, after, written, entries, upsertedRows, deletedRows, deltas } = change;
      if (after && written) {
        upsert('documents', customerId, after.position, written.fields, written.json);
        for (const row of upsertedRows) upsert('rows', row.key, after.position, row.fields, row.json);
        for (const key of deletedRows) deletes.push({ collection: names.rows, key });
      }
      for (const row of entries) upsert('entries', row.key, row.position, row.fields, row.json);
      contribute(change);
      add(deltas);
    },
    delete: (kind, key) => deletes.push({ collection: names[kind], key }),
    add,
    park: (parked) => upsert('parked', parked.customerId, parked.position, none, JSON.stringify(parked)),
    batch: (position) => ({ projection: owner, position, upserts, deletes, increments: increments(names.totals, sums) }),
    flush(heldTotals) {
      const gathered = { projection: owner, position: 'filling' as const, upserts, deletes };
      [upserts, deletes] = [[], []];
      if (sums.size() <= heldTotals) return { ...gathered, increments: [] };
      const all = increments(names.totals, sums);
      sums = createSums();
      return { ...gathered, increments: all };
    },
  };
}

export type SearchableFields = Readonly<Record<'documents' | 'rows' | 'entries' | 'contributors' | 'deltas' | 'parked', readonly string[]>>;

export function searchableFields(instance: Instance, { projection, policies }: View): SearchableFields {
  const names = collectionsOf(instance);
  const specs = specsOf(projection, instance, policies);
  const of = (name: string) => specs.flatMap((spec) => (spec.kind === 'documents' && spec.name === name ? spec.fields : []));
  return {
    documents: of(names.documents),
    rows: of(names.rows),
    entries: of(names.entries),
    contributors: of(names.contributors),
    deltas: of(names.deltas),
    parked: of(names.parked),
  };
}

function increments(collection: string, sums: Sums): readonly { readonly collection: string; readonly entry: TotalEntry }[] {
  return Array.from(sums.entries(), (entry) => ({ collection, entry }));
}

/** A `DeltasBody`; undefined when nothing is added. */
function deltasJson(deltas: Deltas): string | undefined {
  let members = '';
  for (const [series, amounts] of deltas) {
    if (amounts.length > 0) members += `${members === '' ? '' : ','}${JSON.stringify(series)}:${JSON.stringify(amounts)}`;
  }
  return members === '' ? undefined : `{${members}}`;
}
