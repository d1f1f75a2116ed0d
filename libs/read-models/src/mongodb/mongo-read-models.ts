import { connectTo } from '#mongodb';
import { checkFields, type DocumentsSpec } from '../collections.js';
import { encodeCursor } from '../cursor.js';
import { ReadModelsUnavailable } from '../errors.js';
import { planConditions, planFind } from '../find-plan.js';
import { compareText } from '../order.js';
import { createPage } from '../page-bounds.js';
import type { Position } from '../position.js';
import type { ProjectionBatch, ReadModelStore, StoredDocument, Total } from '../read-model-store.js';
import { bodyOf } from '../stored-body.js';
import { pour, workOf } from './applying.js';
import { createCatalogue } from './catalogue.js';
import { commitAlone, commitTogether, settledState, stateOf } from './committing.js';
import { afterOf, conditionsOf, conditionsOfTotals } from './conditions.js';
import { type Laid, type LaidState, type LaidTotal, SETTINGS, STATES } from './layout.js';
import { createLease } from './lease.js';

export interface MongoReadModelsOptions {
  readonly readOnly?: boolean | undefined;
  /** How long the server may take for one answer, besides the building of an index; 60,000 when absent. */
  readonly answerWithinMs?: number | undefined;
  /** After so long without a sign of its holder the lease is another's; 15,000 when absent. */
  readonly leaseMs?: number | undefined;
}

/** Nothing overwrites it: `compact` moves blocks and cuts the file, the journal goes with a checkpoint (a minute), the oplog by its size. */
const REMAINS =
  'MongoDB keeps former versions of documents, not encrypted by Letopis, in its journal, oplog, snapshots and unused blocks until it overwrites them';

/** Long for any answer, short for one that never comes. */
const ANSWER_WITHIN_MS = 60_000;

interface LaidSetting {
  readonly _id: string;
  readonly value: string;
}

/**
 * Connects when first used. In one transaction where the server is a replica set; where it is a single server, commits keep a note of what is to
 * be done until it is done, so that a crash at any instant leaves nothing half done for good.
 * @param url `mongodb://host:port/database`
 * @throws ReadModelsUnavailable when the URL is none
 */
export function openMongoReadModels(
  url: string,
  { readOnly = false, answerWithinMs = ANSWER_WITHIN_MS, leaseMs }: MongoReadModelsOptions = {},
): ReadModelStore {
  const { use, inTransaction, close } = connectTo(url, { Unavailable: ReadModelsUnavailable, answerWithinMs });
  const catalogue = createCatalogue();
  const lease = createLease(use, leaseMs);

  async function writing(): Promise<void> {
    if (readOnly) throw new ReadModelsUnavailable('the read models were opened read-only');
    await lease.check();
  }

  async function check({ upserts, deletes, increments }: ProjectionBatch): Promise<void> {
    for (const { collection, fields } of upserts) checkFields(await use((db) => catalogue.documents(db, collection)), fields);
    for (const { collection } of deletes) await use((db) => catalogue.documents(db, collection));
    for (const { collection } of increments) await use((db) => catalogue.totals(db, collection));
  }

  return {
    fits,
    remains: REMAINS,

    async declare(collections) {
      await writing();
      await use((db) => catalogue.declare(db, collections), Number.POSITIVE_INFINITY);
    },

    hold: lease.hold,

    async drop(projection, collections) {
      await writing();
      await use(async (db) => {
        await catalogue.drop(db, collections);
        await db.collection<LaidState>(STATES).deleteOne({ _id: projection });
      });
    },

    get: <Body>(collection: string, key: string) =>
      use(async (db) => {
        const spec = await catalogue.documents(db, collection);
        const found = await db.collection<Laid>(collection).findOne({ _id: key, gone: { $exists: false } });
        if (found) return stored<Body>(found, spec);
        await catalogue.stillThere(db, collection);
        return undefined;
      }),

    getMany: <Body>(collection: string, keys: readonly string[]) =>
      use(async (db) => {
        const spec = await catalogue.documents(db, collection);
        const found = await db
          .collection<Laid>(collection)
          .find({ _id: { $in: [...keys] }, gone: { $exists: false } })
          .toArray();
        if (found.length === 0) await catalogue.stillThere(db, collection);
        return new Map(found.map((each) => [each._id, stored<Body>(each, spec)]));
      }),

    find: <Body>(collection: string, query: Parameters<ReadModelStore['find']>[1]) =>
      use(async (db) => {
        const spec = await catalogue.documents(db, collection);
        const plan = planFind(spec, query);
        const after = afterOf(plan);
        const conditions = conditionsOf(plan);
        const way = plan.descending ? -1 : 1;
        const found = db
          .collection<Laid>(collection)
          .find(after ? { $and: [conditions, after] } : conditions)
          .sort(plan.sort === 'key' ? { _id: way } : { [`f.${plan.sort}`]: way, _id: way })
          .limit(plan.limit + 1);
        const page = createPage<Laid>(plan.limit, ({ b }) => b.length);
        let more = false;
        // Left before its end, the cursor is closed.
        for await (const each of found) {
          more = !page.take(each);
          if (more) break;
        }
        if (page.rows.length === 0) await catalogue.stillThere(db, collection);
        const documents = page.rows.map((each) => stored<Body>(each, spec));
        const last = documents.at(-1);
        const place = last && { sort: plan.sort === 'key' ? last.key : (last.fields[plan.sort] ?? null), key: last.key };
        return { documents, ...(place && more && { next: encodeCursor(query, place) }) };
      }),

    count: (collection, query = {}) =>
      use(async (db) => {
        const plan = planConditions(await catalogue.documents(db, collection), query);
        const count = await db.collection<Laid>(collection).countDocuments(conditionsOf(plan));
        if (count === 0) await catalogue.stillThere(db, collection);
        return count;
      }),

    totals: (collection, query) =>
      use(async (db): Promise<readonly Total[]> => {
        await catalogue.totals(db, collection);
        const series = { $ifNull: ['$series', '$seriesOfMonth'] };
        const group = query.by === 'day' ? { series, day: '$day' } : { series };
        const sums = await db
          .collection<LaidTotal>(collection)
          .aggregate<{ _id: { series: string; day?: string }; amount: LaidTotal['amount'] }>([
            { $match: conditionsOfTotals(query) },
            { $group: { _id: group, amount: { $sum: '$amount' } } },
            { $match: { amount: { $ne: 0 } } },
          ])
          .toArray();
        if (sums.length === 0) await catalogue.stillThere(db, collection);
        return sums
          .map(({ _id, amount }) => ({ ..._id, amount: Number(amount.toString()) }))
          .sort((a, b) => compareText(a.series, b.series) || compareText(a.day ?? '', b.day ?? ''));
      }),

    async commit(batches) {
      await writing();
      for (const batch of batches) await check(batch);
      const bulkLoads = batches.filter(({ position }) => position === 'bulk-load');
      const others = batches.filter(({ position }) => position !== 'bulk-load');
      await use((db) => Promise.all(bulkLoads.map((batch) => pour(db, workOf(batch)))));
      if (others.length === 0) return;
      const transaction = await inTransaction();
      await use(async (db) => {
        if (transaction) await transaction((session) => commitTogether(db, others, session));
        // A repair waits for what precedes it in the commit, and is not done where that throws.
        else if (others.some(({ position }) => position === 'unchanged')) for (const batch of others) await commitAlone(db, batch);
        else {
          // Nothing continues behind the answer that one has failed.
          const failed = (await Promise.allSettled(others.map((batch) => commitAlone(db, batch)))).find(
            ({ status }) => status === 'rejected',
          );
          if (failed?.status === 'rejected') throw failed.reason;
        }
      });
    },

    // Only who writes finishes what a crash left; a reader would do the work of a writer that is at it.
    checkpoint: (projection) => use(async (db) => (await (readOnly ? stateOf : settledState)(db, projection)).position as Position),

    getSetting: <Value>(name: string) =>
      use(async (db) => {
        const found = await db.collection<LaidSetting>(SETTINGS).findOne({ _id: name });
        return found ? (JSON.parse(found.value) as Value) : undefined;
      }),

    async putSetting(name, value) {
      await writing();
      await use((db) => db.collection<LaidSetting>(SETTINGS).replaceOne({ _id: name }, { value: JSON.stringify(value) }, { upsert: true }));
    },

    async close() {
      // Another takes it after a while where it cannot be given back.
      await lease.release().catch(() => undefined);
      await close();
    },
  };
}

function stored<Body>({ _id, p, f, b }: Laid, spec: DocumentsSpec): StoredDocument<Body> {
  const fields = Object.fromEntries(spec.fields.map((field) => [field, f[field] ?? null]));
  return { key: _id, position: p as Position, fields, body: bodyOf<Body>(_id, b) };
}

/** MongoDB takes documents of 16 MB (BSON), and what a commit is to do lies there meanwhile as JSON in JSON, with some around it. */
const MOST_BYTES = 15_000_000;
/** JSON of so many characters fits, whatever they are: escaped, none of them has more bytes. */
const SURELY_FITTING = MOST_BYTES / 6;

const fits = (json: string): boolean => json.length <= SURELY_FITTING || Buffer.byteLength(JSON.stringify(json)) <= MOST_BYTES;
