import type { Position } from '#event-log/event-log.js';
import type { ProjectionBatch, Scalar, TotalEntry, Upsert } from '#read-models/read-model-store.js';
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
  delete(kind: 'documents' | 'rows' | 'entries' | 'contributors' | 'parked', key: string): void;
  add(deltas: Deltas): void;
  park(parked: ParkedCustomer): void;
  batch(position: ProjectionBatch['position']): ProjectionBatch;
  /** A batch of what has gathered, which is then forgotten; totals are held back until there are so many of them. */
  flush(heldTotals: number): ProjectionBatch;
}

export function createWriteSet(instance: Instance, fields: SearchableFields): WriteSet {
  const names = collectionsOf(instance);
  let upserts: Upsert[] = [];
  let deletes: { readonly collection: string; readonly key: string }[] = [];
  let sums: Deltas = new Map();
  const owner = instanceName(instance);

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

  function contribute(
    series: string,
    { customerId, after, deltas }: CustomerChange,
    events: Iterable<string>,
    stored?: ContributorBody,
  ): void {
    const amounts = stored ? withAmounts(stored, deltas.get(series) ?? nothing) : (deltas.get(series) ?? nothing);
    const key = contributorKey(series, customerId);
    if (amounts.size === 0) {
      if (stored) deletes.push({ collection: names.contributors, key });
      return;
    }
    const places = amounts.size === 1 ? [...amounts.keys()] : [...amounts.keys()].sort();
    const listed = places.map((place) => [...dayAndKnown(place), amounts.get(place)!] as const);
    const body: ContributorBody = { events: [...events], amounts: listed };
    upsert('contributors', key, after!.position, { series, customerId }, body, JSON.stringify(body));
  }

  return {
    change(change, contributors) {
      const { customerId, after, written, entries, upsertedRows, deletedRows, deltas, touched } = change;
      if (after && written) {
        upsert('documents', customerId, after.position, written.fields, after.document, written.json);
        for (const row of upsertedRows) upsert('rows', row.key, after.position, row.fields, row.body, row.json);
        for (const key of deletedRows) deletes.push({ collection: names.rows, key });
      }
      for (const row of entries) upsert('entries', row.key, row.position, row.fields, row.body, row.json);
      const behind = eventsBehind(after?.contributions ?? [], touched);
      for (const series of touched) {
        contribute(series, change, behind.get(series) ?? [], contributors.get(contributorKey(series, customerId)));
      }
      add(deltas);
    },
    delete: (kind, key) => deletes.push({ collection: names[kind], key }),
    add,
    park: (parked) => upsert('parked', parked.customerId, parked.position, {}, parked, JSON.stringify(parked)),
    batch: (position) => ({ projection: owner, position, upserts, deletes, increments: increments(names.totals, sums) }),
    flush(heldTotals) {
      const gathered = { projection: owner, position: 'unchanged' as const, upserts, deletes };
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

const nothing: ReadonlyMap<string, number> = new Map();

function withAmounts(stored: ContributorBody, more: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const amounts = new Map(stored.amounts.map(([day, known, amount]) => [placeOf(day, known), amount]));
  for (const [place, amount] of more) addAmount(amounts, place, amount);
  return amounts;
}
