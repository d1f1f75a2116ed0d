import { inGroups } from '#async';
import type { ErasedKey, KeyRow, KeyRows, WrappedKey } from '../keys/key-rows.js';
import { type SubjectKeyStore, SubjectKeysUnavailable } from '../keys/subject-key-store.js';
import { subjectKeysOver } from '../keys/subject-keys-over.js';
import { type MasterKeys, WRAPPED_BYTES } from '../master-keys/master-keys.js';
import { openDatabase } from './open-database.js';

/** @throws SubjectKeysUnavailable naming the file when it cannot be opened or holds something else */
export const openSqliteSubjectKeys = (file: string, masterKeys: MasterKeys): SubjectKeyStore =>
  subjectKeysOver(sqliteKeyRows(file), masterKeys);

interface LaidKey {
  readonly subject: string;
  readonly id: string | null;
  readonly masterKeyId: string | null;
  readonly wrapped: Buffer | null;
  readonly erasedAt: string | null;
}

interface Place {
  readonly id: string | null;
  readonly number: number | null;
}

const SELECT = `SELECT subject, id, master_key_id AS masterKeyId, bytes AS wrapped, erased_at AS erasedAt
  FROM keys LEFT JOIN wrapped USING (number)`;
const rowOf = ({ subject, id, masterKeyId, wrapped, erasedAt }: LaidKey): KeyRow =>
  erasedAt === null ? { subject, id: id!, masterKeyId: masterKeyId!, wrapped: wrapped! } : { subject, erasedAt };

const NOTHING = Buffer.alloc(WRAPPED_BYTES);

function sqliteKeyRows(file: string): KeyRows {
  const database = openDatabase(file);
  const one = database.prepare<[string], LaidKey>(`${SELECT} WHERE subject = ?`);
  const place = database.prepare<[string], Place>('SELECT id, number FROM keys WHERE subject = ?');
  const insertBytes = database.prepare<[Buffer]>('INSERT INTO wrapped (bytes) VALUES (?)');
  const insertKey = database.prepare<[string, string, string, number | bigint]>(
    'INSERT INTO keys (subject, id, master_key_id, number) VALUES (?, ?, ?, ?)',
  );
  const overwrite = database.prepare<[Buffer, number]>('UPDATE wrapped SET bytes = ? WHERE number = ?');
  const erase = database.prepare<[ErasedKey]>(`INSERT INTO keys (subject, erased_at) VALUES (@subject, @erasedAt)
    ON CONFLICT DO UPDATE SET id = NULL, master_key_id = NULL, number = NULL, erased_at = excluded.erased_at WHERE erased_at IS NULL`);
  const wrappedBy = database.prepare<[string, string]>('UPDATE keys SET master_key_id = ? WHERE subject = ?');
  const others = database.prepare<[string, string, number], LaidKey>(
    // Two ranges of the index, as it has no use for <>.
    `${SELECT} WHERE master_key_id < ? OR master_key_id > ? LIMIT ?`,
  );
  const nextId = database.prepare<[string], string | null>('SELECT min(master_key_id) FROM keys WHERE master_key_id > ?').pluck();
  const counts = database.prepare<[], { masterKeyId: string; keys: number }>(
    'SELECT master_key_id AS masterKeyId, count(*) AS keys FROM keys WHERE master_key_id IS NOT NULL GROUP BY master_key_id',
  );
  const named = database.prepare<[string], string>('SELECT value FROM names WHERE name = ?').pluck();
  const version = database.prepare<[], number>('PRAGMA data_version').pluck();
  /** Changes by this connection, which the version does not count. New keys take nothing from what was found. */
  let changes = 0;
  const name = database.prepare<[string, string]>('INSERT OR REPLACE INTO names (name, value) VALUES (?, ?)');

  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (!database.open) throw new SubjectKeysUnavailable(`the key store ${file} is closed`);
    try {
      return work();
    } catch (error) {
      throw isOfSqlite(error)
        ? new SubjectKeysUnavailable(`the key store ${file} cannot be used: ${error.message}`, { cause: error })
        : error;
    }
  };
  const inOneRead = <Result>(work: () => Result): Result => database.transaction(work).deferred();
  const inTransaction = <Result>(work: () => Result): Result => database.transaction(work).immediate();

  /** The same write of several callers shares one commit. */
  const together = <Row>(each: (row: Row) => unknown, committed = () => undefined) => {
    const commit = inGroups<readonly Row[]>((calls) =>
      use(() => {
        inTransaction(() => {
          for (const rows of calls) for (const row of rows) each(row);
        });
        committed();
      }),
    );
    return (rows: readonly Row[]): Promise<void> => (rows.length === 0 ? use(() => undefined) : commit(rows));
  };

  /** Until then, what was overwritten is in the file, and in older pages of the WAL. */
  function truncateWal(): undefined {
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }];
    if (result.busy !== 0)
      throw new SubjectKeysUnavailable(
        `the keys were erased from ${file} but are still in its WAL, as another process reads it for more than 5 s; erase them again`,
      );
  }

  return {
    state() {
      try {
        return `${version.get()} ${changes}`;
      } catch {
        return undefined;
      }
    },
    find: (subjects) =>
      use(() => {
        const rows = inOneRead(() => subjects.map((subject) => one.get(subject)));
        return new Map(rows.filter((row) => row !== undefined).map((row) => [row.subject, rowOf(row)]));
      }),
    insert: together<WrappedKey>(({ subject, id, masterKeyId, wrapped }) => {
      if (place.get(subject) === undefined) insertKey.run(subject, id, masterKeyId, insertBytes.run(wrapped).lastInsertRowid);
    }),
    erase: together<ErasedKey>((row) => {
      changes++;
      const number = place.get(row.subject)?.number;
      if (typeof number === 'number') overwrite.run(NOTHING, number);
      erase.run(row);
    }, truncateWal),
    wrappedByOthers: (masterKeyId, limit) => use(() => others.all(masterKeyId, masterKeyId, limit).map(rowOf) as WrappedKey[]),
    rewrap: together<WrappedKey>(({ subject, id, masterKeyId, wrapped }) => {
      changes++;
      const present = place.get(subject);
      if (present?.id !== id || typeof present.number !== 'number') return;
      overwrite.run(wrapped, present.number);
      wrappedBy.run(masterKeyId, subject);
    }, truncateWal),
    masterKeyIds: () =>
      use(() => {
        const ids: string[] = [];
        for (let id = nextId.get(''); typeof id === 'string'; id = nextId.get(id)) ids.push(id);
        return ids;
      }),
    counts: () => use(() => new Map(counts.all().map(({ masterKeyId, keys }) => [masterKeyId, keys]))),
    named: (wanted) => use(() => named.get(wanted)),
    name: (wanted, value, former) =>
      use(() =>
        inTransaction(() => {
          if (named.get(wanted) === former) name.run(wanted, value);
          return named.get(wanted)!;
        }),
      ),
    async close() {
      database.close();
    },
  };
}

const isOfSqlite = (error: unknown): error is Error => /^SQLITE_/.test(String((error as { code?: unknown }).code));
