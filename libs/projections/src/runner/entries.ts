import type { Position } from '#event-log/event-log.js';
import type { Range, ReadModelStore, Scalar, StoredDocument } from '#read-models/read-model-store.js';
import type { Entry } from '../projection.js';
import type { EntriesQuery } from '../view-reader.js';

/**
 * Entries of a subject: those of later events have a document each under their key; those of a subject that was folded whole are stored together,
 * many in a document, under `<subject>|!<rest of the first key>`. The exclamation mark comes before all that the rest of a key begins with.
 */
export interface PlacedEntry extends Entry {
  readonly position: Position;
}

interface BundleBody {
  /** Names of the fields. */
  readonly fields: readonly string[];
  /** By key: what follows the subject and the bar in it, and the values of the fields. */
  readonly entries: readonly (readonly [rest: string, ...values: Scalar[]])[];
}

const A_BUNDLE = 200;

export function* bundled(
  subject: string,
  entries: readonly PlacedEntry[],
  fields: readonly string[],
): Iterable<{ readonly key: string; readonly position: Position; readonly json: string }> {
  const { position } = entries.at(-1)!;
  const inOrder = isInOrder(entries) ? entries : entries.toSorted(byKey);
  const start = subject.length + 1;
  for (let at = 0; at < inOrder.length; at += A_BUNDLE) {
    const some = inOrder.slice(at, at + A_BUNDLE);
    const body: BundleBody = {
      fields,
      entries: some.map((entry) => [entry.key.slice(start), ...fields.map((name) => entry.fields[name] ?? null)]),
    };
    yield { key: bundleKey(subject, some[0]!.key), position, json: JSON.stringify(body) };
  }
}

/** Of one document. */
export function entriesIn({ key, fields, body }: StoredDocument<unknown>): readonly Entry[] {
  const bar = key.indexOf('|!');
  if (bar < 0) return [{ key, fields }];
  const { fields: names, entries } = body as BundleBody;
  return entries.map(([rest, ...values]) => ({
    key: `${key.slice(0, bar)}|${rest}`,
    fields: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
  }));
}

/** In order of their keys. */
export async function readEntries(store: ReadModelStore, collection: string, query: EntriesQuery): Promise<readonly Entry[]> {
  const { customerId: subject, keys, order, where = {}, atMost = {}, limit } = query;
  const bounds = Object.fromEntries(Object.entries(atMost).map(([field, lte]): [string, Range] => [field, { lte }]));
  const behindBundles = `${subject}|"`;
  const start = keys.gt !== undefined ? { gt: keys.gt } : { gte: keys.gte > behindBundles ? keys.gte : behindBundles };
  const [alone, together] = await Promise.all([
    store.find(collection, {
      where,
      range: { ...bounds, key: { ...start, lt: keys.lt } },
      sort: { field: 'key', direction: order },
      limit,
    }),
    fromBundles(store, collection, query),
  ]);
  const found = [...alone.documents.map(({ key, fields }) => ({ key, fields })), ...together];
  return found.sort(order === 'asc' ? byKey : (a, b) => byKey(b, a)).slice(0, limit);
}

async function fromBundles(store: ReadModelStore, collection: string, query: EntriesQuery): Promise<readonly Entry[]> {
  const { customerId: subject, keys, order, limit } = query;
  const first = keys.gt ?? keys.gte;
  const all = { gte: `${subject}|!`, lt: `${subject}|"` };
  const lt = keys.lt.startsWith(`${subject}|`) ? bundleKey(subject, keys.lt) : all.lt;
  const holding = await store.find(collection, {
    range: { key: { gte: all.gte, lte: first.startsWith(`${subject}|`) ? bundleKey(subject, first) : all.gte } },
    sort: { field: 'key', direction: 'desc' },
    limit: 1,
  });
  const range = { key: { gte: holding.documents[0]?.key ?? all.gte, lt } };
  const found: Entry[] = [];
  const pageSize = 1 + Math.ceil(limit / A_BUNDLE);
  for (let cursor: string | undefined, more = true; more && found.length < limit; more = cursor !== undefined) {
    const page = await store.find(collection, {
      range,
      sort: { field: 'key', direction: order },
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    });
    for (const bundle of page.documents) {
      const entries = entriesIn(bundle).filter((entry) => isAskedFor(entry, query));
      found.push(...(order === 'asc' ? entries : entries.toReversed()));
    }
    cursor = page.next;
  }
  return found;
}

/** Of all entries of a subject, in any order. */
export const entriesAskedFor = (entries: readonly Entry[], query: EntriesQuery): readonly Entry[] => {
  const found = entries.filter((entry) => isAskedFor(entry, query)).sort(byKey);
  return (query.order === 'asc' ? found : found.reverse()).slice(0, query.limit);
};

function isAskedFor({ key, fields }: Entry, { keys, where = {}, atMost = {} }: EntriesQuery): boolean {
  if (key >= keys.lt || (keys.gt !== undefined ? key <= keys.gt : key < keys.gte)) return false;
  for (const name in where) if (fields[name] !== where[name]) return false;
  for (const name in atMost) if (typeof fields[name] !== 'string' || fields[name] > atMost[name]!) return false;
  return true;
}

const bundleKey = (subject: string, key: string): string => `${subject}|!${key.slice(subject.length + 1)}`;

const byKey = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

function isInOrder(entries: readonly Entry[]): boolean {
  for (let i = 1; i < entries.length; i++) if (entries[i]!.key < entries[i - 1]!.key) return false;
  return true;
}
