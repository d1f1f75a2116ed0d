import type { AnyBulkWriteOperation, ClientSession, Db, Decimal128, Long } from 'mongodb';
import { driver } from '#mongodb';
import { type ExactSum, exactSum } from '../exact-sum.js';
import { monthOf } from '../months.js';
import type { ProjectionBatch } from '../read-model-store.js';
import { type Laid, type LaidMonth, type LaidTotal, monthId, totalId } from './layout.js';

/** What a commit does to one collection. */
export type Work =
  | {
      readonly kind: 'documents';
      readonly collection: string;
      readonly documents: readonly Omit<Laid, 'q'>[];
      readonly deleted: readonly string[];
    }
  | { readonly kind: 'totals'; readonly collection: string; readonly totals: readonly Added[] };

/** Plain data, to be kept as JSON: digits where a number would not hold the amount exactly. */
type Added = Place & { readonly amount: number | string };
type Place = Omit<LaidTotal, 'q' | 'amount'> | Omit<LaidMonth, 'q' | 'amount'>;
type Sums = Map<string, Place & { readonly amount: ExactSum }>;

function addTo(sums: Sums, place: Place, amount: number): void {
  sums.set(place._id, { ...place, amount: exactSum(sums.get(place._id)?.amount ?? 0, amount) });
}

/** Amounts of one place are added up first: within a commit each document is written once. */
export function workOf({ upserts, deletes, increments }: ProjectionBatch): readonly Work[] {
  const documents = new Map<string, { documents: Map<string, Omit<Laid, 'q'>>; deleted: Set<string> }>();
  const totals = new Map<string, Sums>();
  const ofCollection = (name: string) => {
    const known = documents.get(name) ?? { documents: new Map(), deleted: new Set() };
    documents.set(name, known);
    return known;
  };
  for (const { collection, key, position, fields, body, json } of upserts) {
    ofCollection(collection).documents.set(key, { _id: key, p: position, f: fields, b: json ?? JSON.stringify(body) });
  }
  for (const { collection, key } of deletes) {
    const own = ofCollection(collection);
    if (!own.documents.has(key)) own.deleted.add(key);
  }
  for (const { collection, entry } of increments) {
    const sums: Sums = totals.get(collection) ?? new Map();
    totals.set(collection, sums);
    const { series, day, known, amount } = entry;
    addTo(sums, { _id: totalId(series, day, known), series, day, known }, amount);
    const month = monthOf(day);
    addTo(sums, { _id: monthId(series, month), seriesOfMonth: series, month }, amount);
  }
  return [
    ...[...documents].map(
      ([collection, own]) =>
        ({ kind: 'documents', collection, documents: [...own.documents.values()], deleted: [...own.deleted] }) as const,
    ),
    ...[...totals].map(([collection, sums]) => {
      const added = [...sums.values()].map((sum) => ({ ...sum, amount: typeof sum.amount === 'number' ? sum.amount : String(sum.amount) }));
      return { kind: 'totals', collection, totals: added } as const;
    }),
  ];
}

/**
 * Twice is once, for each document by itself: whatever has the number of the commit, or a higher one, is left alone. In the order of the
 * port: without a session others read meanwhile, and whoever breaks off leaves it half done until the next one finishes it.
 */
export async function apply(db: Db, all: readonly Work[], q: number, session?: ClientSession): Promise<void> {
  const write = <Kept extends { _id: string }>(collection: string, operations: AnyBulkWriteOperation<Kept>[]) =>
    bulk(() => db.collection<Kept>(collection).bulkWrite(operations, { ordered: false, ...(session && { session }) }), operations.length);
  const upserts = all.map(
    (work) => () => (work.kind === 'totals' ? write(work.collection, added(work.totals, q)) : write(work.collection, put(work, q))),
  );
  const deletes = all.map((work) => () => (work.kind === 'totals' ? undefined : write(work.collection, removed(work, q))));
  for (const phase of [upserts.slice(0, 1), upserts.slice(1), deletes]) {
    // A session does one thing at a time.
    if (session) for (const one of phase) await one();
    else await Promise.all(phase.map((one) => one()));
  }
}

/** Into collections that nobody reads yet and that a crash empties: not guarded, so twice is twice. */
export async function pour(db: Db, all: readonly Work[]): Promise<void> {
  await Promise.all(
    all.map(async (work) => {
      if (work.kind === 'totals') {
        const operations = work.totals.map(({ _id, amount, ...place }) => ({
          updateOne: { filter: { _id }, update: { $inc: { amount: integer(amount) }, $setOnInsert: { ...place, q: 0 } }, upsert: true },
        }));
        return bulk(
          () => db.collection<LaidTotal | LaidMonth>(work.collection).bulkWrite(operations, { ordered: false }),
          operations.length,
        );
      }
      const documents = work.documents.map((each) => ({ ...each, q: 0 }));
      if (documents.length === 0) return;
      const again = await duplicatesOf(() => db.collection<Laid>(work.collection).insertMany(documents, { ordered: false }));
      const replacements = again.map((at) => ({ replaceOne: { filter: { _id: documents[at]!._id }, replacement: documents[at]! } }));
      await bulk(() => db.collection<Laid>(work.collection).bulkWrite(replacements, { ordered: false }), replacements.length);
    }),
  );
}

type DocumentsWork = Extract<Work, { kind: 'documents' }>;

const older = (_id: string, q: number) => ({ _id, q: { $lt: q } });

const put = ({ documents }: DocumentsWork, q: number): AnyBulkWriteOperation<Laid>[] =>
  documents.map((each) => ({ replaceOne: { filter: older(each._id, q), replacement: { ...each, q }, upsert: true } }));

function removed({ deleted }: DocumentsWork, q: number): AnyBulkWriteOperation<Laid>[] {
  const gone = new Date();
  return deleted.map((_id) => ({
    replaceOne: { filter: older(_id, q), replacement: { _id, q, p: '', f: {}, b: '', gone }, upsert: true },
  }));
}

const INT32 = 2 ** 31;
/** So many of these as come together on one day do not leave the integers of 64 bits. */
const LONG = 2 ** 40;

/** The driver writes larger numbers as doubles, which would be added inexactly; decimals of 34 digits are not. */
const integer = (amount: number | string): number | Long | Decimal128 => {
  const size = Math.abs(Number(amount));
  if (size < INT32) return Number(amount);
  return size < LONG ? driver().Long.fromString(String(amount)) : driver().Decimal128.fromString(String(amount));
};

function added(totals: readonly Added[], q: number): AnyBulkWriteOperation<LaidTotal | LaidMonth>[] {
  return totals.map(({ _id, amount, ...place }) => ({
    updateOne: {
      filter: { _id, q: { $lt: q } },
      update: { $inc: { amount: integer(amount) }, $set: { q }, $setOnInsert: place },
      upsert: true,
    },
  }));
}

async function bulk(write: () => Promise<unknown>, operations: number): Promise<void> {
  if (operations > 0) await duplicatesOf(write);
}

/** Places of the operations that found their document there already: an upsert that its guard held back tries to insert it. */
async function duplicatesOf(write: () => Promise<unknown>): Promise<readonly number[]> {
  const DUPLICATE = 11_000;
  try {
    await write();
    return [];
  } catch (error) {
    if (!(error instanceof driver().MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE)) throw error;
    return errors.map(({ index }) => index);
  }
}
