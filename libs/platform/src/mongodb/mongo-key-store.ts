import type { Binary, Collection, CollectionOptions, Db } from 'mongodb';
import { askingTogether } from '#async';
import { connectTo, driver } from '#mongodb';
import { newKey } from '../identity/api-key.js';
import { type ApiKeyRecord, type ApiKeyStore, type FoundApiKey, KeyStoreUnavailable, type Secret } from '../identity/key-store.js';

/** A key as it lies in MongoDB. */
interface LaidKey extends Omit<ApiKeyRecord, 'id'> {
  readonly _id: string;
  /** Hexadecimal. */
  readonly secretHash: string;
}

/** A request waits for it, so it is short: one that hangs is as good as gone. */
const PATIENCE_MS = 3_000;

/** A secret as it lies in MongoDB. */
interface LaidSecret {
  /** Its name. */
  readonly _id: string;
  readonly id: string;
  readonly bytes: Binary;
}

/** From the primary, whatever the URL says: a secondary may not have heard yet of a revocation. */
const safe: CollectionOptions = { readPreference: 'primary', writeConcern: { w: 'majority', journal: true } };
const keysIn = (db: Db): Collection<LaidKey> => db.collection('api_keys', safe);
const secretsIn = (db: Db): Collection<LaidSecret> => db.collection('secrets', safe);

const findSecret = async (db: Db, name: string): Promise<Secret | undefined> => {
  const laid = await secretsIn(db).findOne({ _id: name });
  return laid === null ? undefined : { id: laid.id, bytes: Buffer.from(laid.bytes.buffer) };
};

const DUPLICATE_KEY = 11_000;

const recordOf = ({ _id, secretHash: _, ...record }: LaidKey): ApiKeyRecord => ({ id: _id, ...record });

/**
 * Connects when first used, and again after the server was away. Whoever only asks needs no right to write.
 * @param url `mongodb://host:port/database`
 * @throws KeyStoreUnavailable when the URL is none
 */
export const openMongoKeyStore = (url: string): ApiKeyStore => {
  const { use, close } = connectTo(url, { Unavailable: KeyStoreUnavailable, answerWithinMs: PATIENCE_MS });

  const find = askingTogether((ids) =>
    use(async (db): Promise<ReadonlyMap<string, FoundApiKey>> => {
      const laid = await keysIn(db)
        .find({ _id: { $in: [...ids] } })
        .toArray();
      return new Map(laid.map((key) => [key._id, { record: recordOf(key), secretHash: Buffer.from(key.secretHash, 'hex') }]));
    }),
  );

  return {
    create: (key) =>
      use(async (db) => {
        const keys = keysIn(db);
        await keys.createIndex({ secretHash: 1 }, { unique: true });
        const { record, secretHash, token } = newKey(key);
        const { id: _id, ...rest } = record;
        await keys.insertOne({ _id, secretHash: secretHash.toString('hex'), ...rest });
        return { record, token };
      }),
    list: () => use(async (db) => (await keysIn(db).find().sort({ created: 1, _id: 1 }).toArray()).map(recordOf)),
    revoke: (id, now) =>
      use(async (db) => {
        const keys = keysIn(db);
        const { modifiedCount } = await keys.updateOne({ _id: id, revoked: null }, { $set: { revoked: now } });
        return modifiedCount === 1 || (await keys.countDocuments({ _id: id })) === 1;
      }),
    find,
    findSecret: (name) => use((db) => findSecret(db, name)),
    putSecret: (name, { id, bytes }) =>
      use(async (db) => {
        await secretsIn(db)
          .insertOne({ _id: name, id, bytes: new (driver().Binary)(bytes) })
          .catch((error) => {
            if (!(error instanceof driver().MongoServerError && error.code === DUPLICATE_KEY)) throw error;
          });
        return (await findSecret(db, name))!;
      }),
    close,
  };
};
