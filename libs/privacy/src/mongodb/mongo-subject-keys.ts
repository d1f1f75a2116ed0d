import type { Binary, Collection, CollectionOptions, Db } from 'mongodb';
import { inGroups } from '#async';
import { connectTo, driver } from '#mongodb';
import type { ErasedKey, KeyRow, KeyRows, WrappedKey } from '../keys/key-rows.js';
import { type SubjectKeyStore, SubjectKeysUnavailable } from '../keys/subject-key-store.js';
import { subjectKeysOver } from '../keys/subject-keys-over.js';
import type { MasterKeys } from '../master-keys/master-keys.js';
import { inSlices, unlessDuplicate } from './writes.js';

/**
 * Connects when first used, and again after the server was away.
 * @param url `mongodb://host:port/database`
 * @throws SubjectKeysUnavailable when the URL is none
 */
export const openMongoSubjectKeys = (url: string, masterKeys: MasterKeys): SubjectKeyStore =>
  subjectKeysOver(mongoKeyRows(url), masterKeys);

/**
 * MongoDB offers nothing that overwrites: `compact` moves blocks and cuts the file, the journal goes with a checkpoint (a minute), the oplog by its
 * size or `oplogMinRetentionHours`. So what is left is what only a former master key decrypts.
 */
const REMAINS =
  'MongoDB keeps former versions of documents in its journal, oplog, snapshots and unused blocks until it overwrites them; the key in them is encrypted by the master key, and gone when that was rotated and destroyed';

/** A row as it lies in MongoDB. */
interface LaidKey {
  /** The subject. */
  readonly _id: string;
  readonly id?: string;
  readonly masterKeyId?: string;
  readonly wrapped?: Binary;
  readonly erasedAt?: string;
}

interface LaidName {
  readonly _id: string;
  readonly value: string;
}

/** Commands wait for it. */
const PATIENCE_MS = 5_000;

/** From the primary and what a majority keeps: neither a key nor an erasure that was seen is ever taken back. */
const safe: CollectionOptions = {
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true },
};
const keysIn = (db: Db): Collection<LaidKey> => db.collection('subject_keys', safe);
const namesIn = (db: Db): Collection<LaidName> => db.collection('subject_key_names', safe);

const rowOf = ({ _id: subject, id, masterKeyId, wrapped, erasedAt }: LaidKey): KeyRow =>
  erasedAt === undefined ? { subject, id: id!, masterKeyId: masterKeyId!, wrapped: Buffer.from(wrapped!.buffer) } : { subject, erasedAt };
const laid = ({ id, masterKeyId, wrapped }: WrappedKey) => ({ id, masterKeyId, wrapped: new (driver().Binary)(wrapped) });

function mongoKeyRows(url: string): KeyRows {
  const { use, close } = connectTo(url, { Unavailable: SubjectKeysUnavailable, answerWithinMs: PATIENCE_MS });

  /** The same write of several callers shares requests. */
  const together = <Row>(write: (keys: Collection<LaidKey>, rows: readonly Row[]) => Promise<unknown>) => {
    const commit = inGroups<readonly Row[]>(async (calls) => {
      for (const rows of inSlices(calls.flat())) await use((db) => write(keysIn(db), rows));
    });
    return (rows: readonly Row[]): Promise<void> => commit(rows);
  };

  return {
    remains: REMAINS,
    async find(subjects) {
      const found = new Map<string, KeyRow>();
      for (const some of inSlices(subjects)) {
        const rows = await use((db) =>
          keysIn(db)
            .find({ _id: { $in: [...some] } })
            .toArray(),
        ); // prettier-ignore
        for (const row of rows) found.set(row._id, rowOf(row));
      }
      return found;
    },
    insert: together<WrappedKey>((keys, rows) =>
      keys
        .insertMany(
          rows.map((row) => ({ _id: row.subject, ...laid(row) })),
          { ordered: false },
        )
        .catch(unlessDuplicate),
    ),
    erase: together<ErasedKey>(async (keys, rows) => {
      // First where there is no row: from then on nobody makes a key for any of them.
      await keys
        .insertMany(
          rows.map(({ subject, erasedAt }) => ({ _id: subject, erasedAt })),
          { ordered: false },
        )
        .catch(unlessDuplicate);
      await keys.bulkWrite(
        rows.map(({ subject, erasedAt }) => ({
          updateOne: {
            filter: { _id: subject, erasedAt: { $exists: false } },
            update: { $set: { erasedAt }, $unset: { id: '', masterKeyId: '', wrapped: '' } },
          },
        })),
        { ordered: false },
      );
    }),
    wrappedByOthers: (masterKeyId, limit) =>
      use(async (db) => {
        const rows = await keysIn(db)
          .find({ masterKeyId: { $exists: true, $ne: masterKeyId } })
          .limit(limit)
          .toArray();
        return rows.map(rowOf) as WrappedKey[];
      }, Number.POSITIVE_INFINITY),
    rewrap: together<WrappedKey>((keys, rows) =>
      keys.bulkWrite(
        rows.map((row) => ({ updateOne: { filter: { _id: row.subject, id: row.id }, update: { $set: laid(row) } } })),
        { ordered: false },
      ),
    ),
    masterKeyIds: () =>
      use(async (db) => {
        const keys = keysIn(db);
        await keys.createIndex({ masterKeyId: 1 }, { sparse: true });
        return (await keys.distinct('masterKeyId')).filter((id) => id !== undefined);
      }, Number.POSITIVE_INFINITY),
    counts: () =>
      use(async (db) => {
        const counts = await keysIn(db)
          .aggregate<{ _id: string; keys: number }>([
            { $match: { masterKeyId: { $exists: true } } },
            { $group: { _id: '$masterKeyId', keys: { $sum: 1 } } },
          ])
          .toArray();
        return new Map(counts.map(({ _id, keys }) => [_id, keys]));
      }, Number.POSITIVE_INFINITY),
    named: (name) => use(async (db) => (await namesIn(db).findOne({ _id: name }))?.value),
    name: (name, value, former) =>
      use(async (db) => {
        const names = namesIn(db);
        if (former === undefined) await names.insertOne({ _id: name, value }).catch(unlessDuplicate);
        else await names.updateOne({ _id: name, value: former }, { $set: { value } });
        return (await names.findOne({ _id: name }))!.value;
      }),
    close,
  };
}
