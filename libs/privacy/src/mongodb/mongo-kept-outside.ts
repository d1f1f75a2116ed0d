import { randomUUID } from 'node:crypto';
import type { Collection, CollectionOptions, Db } from 'mongodb';
import { connectTo } from '#mongodb';
import { type KeptErasure, type KeptOutside, KeptOutsideUnavailable } from '../kept-outside/kept-outside.js';
import { inSlices, unlessDuplicate } from './writes.js';

interface LaidErasure {
  /** The subject. */
  readonly _id: string;
  readonly erasedAt: string;
}

const safe: CollectionOptions = {
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true },
};
const erasuresIn = (db: Db): Collection<LaidErasure> => db.collection('kept_erasures', safe);
const idsIn = (db: Db): Collection<{ readonly _id: string; readonly id: string }> => db.collection('kept_outside', safe);

const PATIENCE_MS = 5_000;
const connect = (url: string) => connectTo(url, { Unavailable: KeptOutsideUnavailable, answerWithinMs: PATIENCE_MS });
type Connection = ReturnType<typeof connect>;

/** Undefined where there is none. @throws KeptOutsideUnavailable */
export const openMongoKeptOutside = (url: string): Promise<KeptOutside | undefined> => connected(url, async () => undefined);

/** Of several processes one makes it. @throws KeptOutsideUnavailable */
export const createMongoKeptOutside = async (url: string): Promise<KeptOutside> =>
  (await connected(url, (db) => idsIn(db).insertOne({ _id: 'id', id: randomUUID() }).catch(unlessDuplicate)))!;

async function connected(url: string, prepare: (db: Db) => Promise<unknown>): Promise<KeptOutside | undefined> {
  const connection = connect(url);
  try {
    const found = await connection.use(async (db) => {
      await prepare(db);
      return idsIn(db).findOne({ _id: 'id' });
    });
    if (found) return storeOver(connection, found.id);
    await connection.close();
    return undefined;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

const storeOver = ({ use, close }: Connection, id: string): KeptOutside => ({
  id,
  async record(erasures) {
    for (const some of inSlices(erasures))
      await use((db) =>
        erasuresIn(db)
          .insertMany(
            some.map(({ subject, erasedAt }) => ({ _id: subject, erasedAt })),
            { ordered: false },
          )
          .catch(unlessDuplicate),
      );
    if (erasures.length === 0) await use(async () => undefined);
  },
  async *erasures() {
    let after = '';
    for (;;) {
      const some = await use((db) =>
        erasuresIn(db)
          .find({ _id: { $gt: after } })
          .sort({ _id: 1 })
          .limit(1_000)
          .toArray(),
      ); // prettier-ignore
      if (some.length === 0) return;
      yield some.map(({ _id: subject, erasedAt }): KeptErasure => ({ subject, erasedAt }));
      after = some.at(-1)!._id;
    }
  },
  close,
});
