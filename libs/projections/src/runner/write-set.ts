import type { Position } from '#event-log/event-log.js';
import type { ProjectionBatch, Scalar, TotalEntry, Upsert } from '#read-models/read-model-store.js';
import type { Row } from '../projection.js';
import type { CustomerChange, View } from './advance.js';
import { collectionsOf, type Instance, instanceName, searchable, specsOf } from './instance.js';
import type { ParkedCustomer } from './parking.js';
import { addAmount, type Deltas, dayAndKnown, eventsBehind, placeOf, placesOf } from './sums.js';

/** What stands behind one series for one customer: who asks for a number by its days finds them here, and a repair takes them back. */
export interface ContributorBody {
  readonly events: readonly string[];
  readonly amounts: readonly (readonly [day: string, known: string, amount: number])[];
}

export const contributorKey = (series: string, customerId: string): string => `${series}|${customerId}`;

/** Gathers what one instance of a view writes in one commit. */
export interface WriteSet {
  change(change: CustomerChange, contributors: ReadonlyMap<string, ContributorBody>): void;
  upsertRow(kind: 'rows' | 'entries', row: Row, position: Position): void;
  delete(kind: 'documents' | 'rows' | 'entries' | 'contributors' | 'parked', key: string): void;
  add(deltas: Deltas): void;
  park(parked: ParkedCustomer): void;
  batch(position: ProjectionBatch['position']): ProjectionBatch;
}

export function createWriteSet(instance: Instance, fields: SearchableFields, { projection, policies }: View): WriteSet {
  const names = collectionsOf(instance);
  const upserts: Upsert[] = [];
  const deletes: { readonly collection: string; readonly key: string }[] = [];
  const sums: Deltas = new Map();

  function upsert(
    kind: keyof SearchableFields,
    key: string,
    position: Position,
    all: Readonly<Record<string, Scalar>>,
    body: unknown,
  ): void {
    upserts.push({ collection: names[kind], key, position, fields: searchable(all, fields[kind]), body });
  }

  function add(deltas: Deltas): void {
    for (const [series, places] of deltas) {
      const known = placesOf(sums, series);
      for (const [place, amount] of places) addAmount(known, place, amount);
    }
  }

  function contribute(
    series: string,
    { customerId, after, deltas }: CustomerChange,
    events: Iterable<string>,
    stored?: ContributorBody,
  ): void {
    const amounts = new Map(stored?.amounts.map(([day, known, amount]) => [placeOf(day, known), amount]));
    for (const [place, amount] of deltas.get(series) ?? []) addAmount(amounts, place, amount);
    const key = contributorKey(series, customerId);
    if (amounts.size === 0) {
      if (stored) deletes.push({ collection: names.contributors, key });
      return;
    }
    const listed = [...amounts].map(([place, amount]) => [...dayAndKnown(place), amount] as const).sort(byDays);
    const body: ContributorBody = { events: [...events], amounts: listed };
    upsert('contributors', key, after!.position, { series, customerId }, body);
  }

  return {
    change(change, contributors) {
      const { customerId, before, after, entries, upsertedRows, deletedRows, deltas, touched } = change;
      if (after && after !== before && projection.document) {
        upsert('documents', customerId, after.position, projection.document.fields(after.document, policies), after.document);
        for (const row of upsertedRows) upsert('rows', row.key, after.position, row.fields, row.body);
        for (const key of deletedRows) deletes.push({ collection: names.rows, key });
      }
      for (const row of entries) upsert('entries', row.key, row.position, row.fields, row.body);
      const behind = eventsBehind(after?.contributions ?? [], touched);
      for (const series of touched) {
        contribute(series, change, behind.get(series) ?? [], contributors.get(contributorKey(series, customerId)));
      }
      add(deltas);
    },
    upsertRow: (kind, row, position) => upsert(kind, row.key, position, row.fields, row.body),
    delete: (kind, key) => deletes.push({ collection: names[kind], key }),
    add,
    park: (parked) => upsert('parked', parked.customerId, parked.position, {}, parked),
    batch: (position) => ({ projection: instanceName(instance), position, upserts, deletes, increments: increments(names.totals, sums) }),
  };
}

export type SearchableFields = Readonly<Record<'documents' | 'rows' | 'entries' | 'contributors' | 'parked', readonly string[]>>;

export function searchableFields(instance: Instance, { projection, policies }: View): SearchableFields {
  const names = collectionsOf(instance);
  const specs = specsOf(projection, instance, policies);
  const of = (name: string) => specs.flatMap((spec) => (spec.kind === 'documents' && spec.name === name ? spec.fields : []));
  return {
    documents: of(names.documents),
    rows: of(names.rows),
    entries: of(names.entries),
    contributors: of(names.contributors),
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

function byDays(a: readonly [string, string, number], b: readonly [string, string, number]): number {
  const [left, right] = [`${a[0]} ${a[1]}`, `${b[0]} ${b[1]}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
