import { checkFields, checkSame, checkSpec, type DocumentsSpec, documentsSpec } from '../collections.js';
import { encodeCursor } from '../cursor.js';
import { ReadModelsUnavailable, UnknownCollection } from '../errors.js';
import { exactSum } from '../exact-sum.js';
import { type FindPlan, planConditions, planFind } from '../find-plan.js';
import { compareScalars, compareText } from '../order.js';
import { createPage } from '../page-bounds.js';
import { isPassed } from '../passing.js';
import { ORIGIN, type Position } from '../position.js';
import type { CollectionSpec, ProjectionBatch, ReadModelStore, StoredDocument, TotalEntry, Upsert } from '../read-model-store.js';
import { fieldOf, type Kept, matches } from './matching.js';
import { type HeldEntry, sumTotals } from './sum-totals.js';

/** For tests and trials: the whole contract, nothing kept beyond the process. */
export function createMemoryReadModels(): ReadModelStore {
  const specs = new Map<string, CollectionSpec>();
  const documents = new Map<string, Map<string, Kept>>();
  const totals = new Map<string, Map<string, HeldEntry>>();
  const checkpoints = new Map<string, Position>();
  const settings = new Map<string, string>();
  let closed = false;

  function open(): void {
    if (closed) throw new ReadModelsUnavailable('the read models are closed');
  }

  function collection(name: string): { readonly spec: DocumentsSpec; readonly kept: Map<string, Kept> } {
    open();
    return { spec: documentsSpec(specs.get(name), name), kept: documents.get(name)! };
  }

  function sums(name: string): Map<string, HeldEntry> {
    open();
    const entries = totals.get(name);
    if (!entries) throw new UnknownCollection(name);
    return entries;
  }

  function upsert({ collection: name, key, position, fields, body, json }: Upsert): void {
    const { spec, kept } = collection(name);
    kept.set(key, {
      key,
      position,
      fields: Object.fromEntries(spec.fields.map((field) => [field, fields[field] ?? null])),
      body: json ?? JSON.stringify(body),
    });
  }

  function increment(name: string, entry: TotalEntry): void {
    const entries = sums(name);
    const place = JSON.stringify([entry.series, entry.day, entry.known]);
    const amount = exactSum(entries.get(place)?.amount ?? 0, entry.amount);
    if (amount === 0) entries.delete(place);
    else entries.set(place, { ...entry, amount });
  }

  function check(batch: ProjectionBatch): void {
    for (const { collection: name, fields } of batch.upserts) checkFields(collection(name).spec, fields);
    for (const { collection: name } of batch.deletes) collection(name);
    for (const { collection: name } of batch.increments) sums(name);
  }

  return {
    async declare(collections) {
      open();
      for (const spec of collections) {
        checkSpec(spec);
        const existing = specs.get(spec.name);
        if (existing) checkSame(existing, spec);
      }
      for (const spec of collections) {
        if (specs.has(spec.name)) continue;
        specs.set(spec.name, spec);
        if (spec.kind === 'documents') documents.set(spec.name, new Map());
        else totals.set(spec.name, new Map());
      }
    },

    async drop(projection, collections) {
      open();
      checkpoints.delete(projection);
      for (const name of collections) {
        specs.delete(name);
        documents.delete(name);
        totals.delete(name);
      }
    },

    async get<Body>(name: string, key: string) {
      const found = collection(name).kept.get(key);
      return found && stored<Body>(found);
    },

    async getMany<Body>(name: string, keys: readonly string[]) {
      const { kept } = collection(name);
      return new Map(keys.filter((key) => kept.has(key)).map((key) => [key, stored<Body>(kept.get(key)!)]));
    },

    async find<Body>(name: string, query: Parameters<ReadModelStore['find']>[1]) {
      const { spec, kept } = collection(name);
      const plan = planFind(spec, query);
      const found = [...kept.values()]
        .filter((candidate) => matches(candidate, plan) && isAfter(candidate, plan))
        .sort((a, b) => inOrder(a, b, plan));
      const page = createPage<Kept>(plan.limit, ({ body }) => body.length);
      const more = !found.every(page.take);
      const last = page.rows.at(-1);
      return {
        documents: page.rows.map((each) => stored<Body>(each)),
        ...(last && more && { next: encodeCursor(query, { sort: fieldOf(last, plan.sort), key: last.key }) }),
      };
    },

    async count(name, query = {}) {
      const { spec, kept } = collection(name);
      const plan = planConditions(spec, query);
      return kept.values().reduce((count, candidate) => count + (matches(candidate, plan) ? 1 : 0), 0);
    },

    async totals(name, query) {
      return sumTotals(sums(name).values(), query);
    },

    async commit(batches) {
      open();
      for (const batch of batches) check(batch);
      const at = (projection: string) => checkpoints.get(projection) ?? ORIGIN;
      const due = batches.filter((batch) => !isPassed(batch, at(batch.projection), batch.unmoved && at(batch.unmoved.projection)));
      for (const { projection, position, upserts, deletes, increments } of due) {
        if (position !== 'unchanged' && position !== 'bulk-load') checkpoints.set(projection, position);
        for (const { collection: name, key } of deletes) collection(name).kept.delete(key);
        for (const each of upserts) upsert(each);
        for (const { collection: name, entry } of increments) increment(name, entry);
      }
    },

    async checkpoint(projection) {
      open();
      return checkpoints.get(projection) ?? ORIGIN;
    },

    async getSetting<Value>(name: string) {
      open();
      const value = settings.get(name);
      return value === undefined ? undefined : (JSON.parse(value) as Value);
    },

    async putSetting(name, value) {
      open();
      settings.set(name, JSON.stringify(value));
    },

    async close() {
      closed = true;
    },
  };
}

function stored<Body>({ key, position, fields, body }: Kept): StoredDocument<Body> {
  return { key, position: position as Position, fields: { ...fields }, body: JSON.parse(body) };
}

function inOrder(a: Kept, b: Kept, { sort, descending }: FindPlan): number {
  const order = compareScalars(fieldOf(a, sort), fieldOf(b, sort)) || compareText(a.key, b.key);
  return descending ? -order : order;
}

function isAfter(candidate: Kept, { after, sort, descending }: FindPlan): boolean {
  if (!after) return true;
  const order = compareScalars(fieldOf(candidate, sort), after.sort) || compareText(candidate.key, after.key);
  return descending ? order < 0 : order > 0;
}
