import type { Collection, CollectionOptions, Db, Filter } from 'mongodb';
import { connectTo, driver } from '#mongodb';
import {
  type AccessBatch,
  type AccessLogStore,
  AccessLogUnavailable,
  type BatchIndex,
  type BatchQuery,
} from '../access-log/access-log-store.js';

/** A batch as it lies in MongoDB: one document, so it is stored whole or not at all. */
interface LaidBatch extends Omit<AccessBatch, 'number'>, BatchIndex {
  /** Its number. */
  readonly _id: number;
}

const PATIENCE_MS = 10_000;
const PAGE = 20;
const DUPLICATE_KEY = 11_000;

const safe: CollectionOptions = { readPreference: 'primary', writeConcern: { w: 'majority', journal: true } };
const batchesIn = (db: Db): Collection<LaidBatch> => db.collection('access_batches', safe);

const batchOf = ({ _id: number, previousHash, hash, lost, text }: LaidBatch): AccessBatch => ({ number, previousHash, hash, lost, text });

/**
 * Connects when first used, and again after the server was away.
 * @param url `mongodb://host:port/database`
 * @throws AccessLogUnavailable when the URL is none
 */
export const openMongoAccessLog = (url: string): AccessLogStore => {
  const { use, close } = connectTo(url, { Unavailable: AccessLogUnavailable, answerWithinMs: PATIENCE_MS });
  let indexed: Promise<unknown> | undefined;

  const createIndexes = (db: Db): Promise<unknown> => {
    indexed ??= Promise.all([
      batchesIn(db).createIndex({ customerIds: 1, _id: 1 }),
      batchesIn(db).createIndex({ actorIds: 1, _id: 1 }),
      batchesIn(db).createIndex({ lastAt: 1 }),
    ]);
    return indexed.catch((error) => {
      indexed = undefined;
      throw error;
    });
  };

  return {
    last: () =>
      use(async (db) => {
        const laid = await batchesIn(db).findOne({}, { sort: { _id: -1 }, projection: { hash: 1 } });
        return laid === null ? undefined : { number: laid._id, hash: laid.hash };
      }),
    append: ({ number: _id, ...batch }, index) =>
      use(async (db) => {
        await createIndexes(db);
        return batchesIn(db)
          .insertOne({ _id, ...batch, ...index })
          .then(() => true)
          .catch((error) => {
            if (error instanceof driver().MongoServerError && error.code === DUPLICATE_KEY) return false;
            throw error;
          });
      }),
    async *batches(after) {
      for (let at = after; ; ) {
        const laid = await use((db) =>
          batchesIn(db)
            .find({ _id: { $gt: at } }, { sort: { _id: 1 }, limit: PAGE })
            .toArray(),
        );
        yield* laid.map(batchOf);
        if (laid.length < PAGE) return;
        at = laid.at(-1)!._id;
      }
    },
    async *find(query) {
      for (let upTo = query.upTo ?? Number.MAX_SAFE_INTEGER; ; ) {
        const laid = await use((db) =>
          batchesIn(db)
            .find(filterOf({ ...query, upTo }), { sort: { _id: -1 }, limit: PAGE })
            .toArray(),
        );
        yield* laid.map(batchOf);
        if (laid.length < PAGE) return;
        upTo = laid.at(-1)!._id - 1;
      }
    },
    isIndexed: (number, { customerIds, actorIds }) =>
      use(async (db) => {
        const laid = await batchesIn(db).findOne({ _id: number }, { projection: { customerIds: 1, actorIds: 1 } });
        const has = (some: readonly string[], wanted: readonly string[]) => wanted.every((id) => some.includes(id));
        return laid !== null && has(laid.customerIds, customerIds) && has(laid.actorIds, actorIds);
      }),
    close,
  };
};

const filterOf = ({ customerId, actorId, from, to, upTo }: BatchQuery): Filter<LaidBatch> => ({
  _id: { $lte: upTo! },
  ...(customerId !== undefined && { customerIds: customerId }),
  ...(actorId !== undefined && { actorIds: actorId }),
  ...(from !== undefined && { lastAt: { $gte: from } }),
  ...(to !== undefined && { firstAt: { $lte: to } }),
});
