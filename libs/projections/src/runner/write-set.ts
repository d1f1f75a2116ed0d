import type { Position } from '#event-log/event-log.js';
import type { ProjectionBatch, Scalar, TotalEntry, Upsert } from '#read-models/read-model-store.js';
import type { CustomerChange, View } from './advance.js';
import { collectionsOf, type Instance, instanceName, searchable, specsOf } from './instance.js';
import type { ParkedCustomer } from './parking.js';
import { addAmount, type Deltas, dayAndKnown, placesOf } from './sums.js';

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

export function createWriteSet(instance: Instance, fields: SearchableFields, partition?: number): WriteSet {
  const names = collectionsOf(instance, partition);
  let upserts: Upsert[] = [];
  let deletes: { readonly collection: string; readonly key: string }[] = [];
  let sums: Deltas = new Map();
  const owner = instanceName(instance, partition);

  function upsert(
    kind: keyof SearchableFields,
    key: string,
    position: Position,
    all: Readonly<Record<string, Scalar>>,
    body: unknown,
    json: string,
  ): void {
    upserts.push({ collection: names[kind], key, position, fields: searchable(all, fields[kind]), body, json });
  }

  function add(deltas: Deltas): void {
    for (const [series, places] of deltas) {
      const known = placesOf(sums, series);
      for (const [place, amount] of places) addAmount(known, place, amount);
    }
  }

  function contribute({ customerId, after, deltas, newSeries }: CustomerChange): void {
    const body = deltasBody(deltas);
    if (body === undefined) return;
    const { position } = after!;
    upsert('deltas', `${customerId}|${position}`, position, {}, body, JSON.stringify(body));
    for (const series of newSeries) upsert('contributors', contributorKey(series, customerId), position, {}, {}, '{}');
  }

  return {
    change(change) {
      const { customerId, after, written, entries, upsertedRows, deletedRows, deltas } = change;
      if (after && written) {
        upsert('documents', customerId, after.position, written.fields, after.document, written.json);
        for (const row of upsertedRows) upsert('rows', row.key, after.position, row.fields, row.body, row.json);
        for (const key of deletedRows) deletes.push({ collection: names.rows, key });
      }
      for (const row of entries) upsert('entries', row.key, row.position, row.fields, row.body, row.json);
      contribute(change);
      add(deltas);
    },
    delete: (kind, key) => deletes.push({ collection: names[kind], key }),
    add,
    park: (parked) => upsert('parked', parked.customerId, parked.position, {}, parked, JSON.stringify(parked)),
    batch: (position) => ({ projection: owner, position, upserts, deletes, increments: increments(names.totals, sums) }),
    flush(heldTotals) {
      const gathered = { projection: owner, position: 'filling' as const, upserts, deletes };
      [upserts, deletes] = [[], []];
      let held = 0;
      for (const places of sums.values()) held += places.size;
      if (held <= heldTotals) return { ...gathered, increments: [] };
      const all = increments(names.totals, sums);
      sums = new Map();
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

function increments(collection: string, sums: Deltas): readonly { readonly collection: string; readonly entry: TotalEntry }[] {
  const all: { collection: string; entry: TotalEntry }[] = [];
  for (const [series, places] of sums) {
    for (const [place, amount] of places) {
      const [day, known] = dayAndKnown(place);
      all.push({ collection, entry: { series, day, known, amount } });
    }
  }
  return all;
}

/** Undefined when nothing is added. */
function deltasBody(deltas: Deltas): DeltasBody | undefined {
  let body: Record<string, (readonly [string, string, number])[]> | undefined;
  for (const [series, places] of deltas) {
    if (places.size === 0) continue;
    body ??= {};
    body[series] = [...places].map(([place, amount]) => [...dayAndKnown(place), amount] as const);
  }
  return body;
}
