import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import { newKey } from '../identity/api-key.js';
import { type ApiKeyRecord, type ApiKeyStore, KeyStoreUnavailable, type Secret } from '../identity/key-store.js';

type LaidRecord = Omit<ApiKeyRecord, 'team'> & { readonly team: string | null };
type LaidKey = LaidRecord & { readonly secretHash: Buffer };
const COLUMNS = 'id, role, actor_id AS actorId, team, name, created, revoked';

/** @throws KeyStoreUnavailable naming the file when it cannot be opened or is no key store */
export const openSqliteKeyStore = (file: string): ApiKeyStore => {
  const database = open(file);
  const insert = database.prepare(
    'INSERT INTO api_keys (id, secret_hash, role, actor_id, team, name, created, revoked) VALUES (@id, @secretHash, @role, @actorId, @team, @name, @created, @revoked)',
  );
  const all = database.prepare<[], LaidRecord>(`SELECT ${COLUMNS} FROM api_keys ORDER BY created, id`);
  const one = database.prepare<[string], LaidKey>(`SELECT ${COLUMNS}, secret_hash AS secretHash FROM api_keys WHERE id = ?`);
  const revoke = database.prepare('UPDATE api_keys SET revoked = coalesce(revoked, ?) WHERE id = ?');

  const secret = database.prepare<[string], Secret>('SELECT id, bytes FROM secrets WHERE name = ?');
  const insertSecret = database.prepare<[string, string, Buffer]>('INSERT OR IGNORE INTO secrets (name, id, bytes) VALUES (?, ?, ?)');

  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (!database.open) throw new KeyStoreUnavailable(`The API keys in ${file} are closed`);
    try {
      return work();
    } catch (error) {
      throw /^SQLITE_/.test(String((error as { code?: unknown }).code)) ? unavailable(file, 'used', error) : error;
    }
  };

  return {
    create: (key) =>
      use(() => {
        const { record, secretHash, token } = newKey(key);
        insert.run({ team: null, ...record, secretHash });
        return { record, token };
      }),
    list: () => use(() => all.all().map(recordOf)),
    revoke: (id, now) => use(() => revoke.run(now, id).changes === 1),
    find: (id) =>
      use(() => {
        const row = one.get(id);
        if (row === undefined) return undefined;
        const { secretHash, ...record } = row;
        return { record: recordOf(record), secretHash };
      }),
    findSecret: (name) => use(() => secret.get(name)),
    putSecret: (name, { id, bytes }) =>
      use(() => {
        insertSecret.run(name, id, bytes);
        return secret.get(name)!;
      }),
    async close() {
      database.close();
    },
  };
};

const recordOf = ({ team, ...record }: LaidRecord): ApiKeyRecord => ({ ...record, ...(team !== null && { team }) });

const unavailable = (file: string, wanted: 'opened' | 'used', error: unknown) =>
  new KeyStoreUnavailable(`The API keys in ${file} cannot be ${wanted}: ${error instanceof Error ? error.message : String(error)}`);

/** "LKEY" */
const APPLICATION_ID = 0x4c4b4559;

const TABLES: readonly unknown[] = ['api_keys', 'secrets'];

/** Key stores of before had no application id, and one that a former program was killed in the making of has only some of the tables. */
const check = (database: Database.Database): void => {
  const id = database.pragma('application_id', { simple: true });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (id === APPLICATION_ID || (id === 0 && tables.every((name) => TABLES.includes(name)))) return;
  throw new Error('it is an SQLite database of another application');
};

/** One of several processes makes it, whole or not at all. */
const create = (database: Database.Database): void => {
  check(database);
  database.exec(`CREATE TABLE IF NOT EXISTS api_keys (
      id TEXT PRIMARY KEY, secret_hash BLOB NOT NULL, role TEXT NOT NULL, actor_id TEXT NOT NULL,
      name TEXT NOT NULL, created TEXT NOT NULL, revoked TEXT, team TEXT) STRICT;
      CREATE UNIQUE INDEX IF NOT EXISTS api_keys_by_secret ON api_keys (secret_hash);
      CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, id TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
      PRAGMA application_id = ${APPLICATION_ID}`);
  const columns = database.prepare("SELECT name FROM pragma_table_info('api_keys')").pluck().all();
  if (!columns.includes('team')) database.exec('ALTER TABLE api_keys ADD COLUMN team TEXT');
};

const open = (file: string): Database.Database => {
  let database: Database.Database | undefined;
  try {
    makePrivate(file);
    database = new Database(file, { timeout: 5_000 });
    database.pragma('synchronous = FULL');
    // Before the WAL, which would stay in a database of something else.
    database.transaction(create).immediate(database);
    database.pragma('journal_mode = WAL');
    tightenDatabase(file);
    return database;
  } catch (error) {
    database?.close();
    throw unavailable(file, 'opened', error);
  }
};
