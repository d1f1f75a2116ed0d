import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import { SubjectKeysUnavailable } from '../keys/subject-key-store.js';
import { WRAPPED_BYTES } from '../master-keys/master-keys.js';

/** "LSUB" */
const APPLICATION_ID = 0x4c535542;

/** One of several processes makes it, whole or not at all. */
function create(database: Database.Database): void {
  const id = database.pragma('application_id', { simple: true });
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
  if (id === APPLICATION_ID) return;
  if (id !== 0 || tables !== 0) throw new Error('it is an SQLite database of another application');
  // What is wrapped lies apart, in rows of one size that are added at the end and never moved: what replaces it is written over it. Rows of
  // other sizes leave copies of themselves in pages that SQLite splits or rebalances, in spite of secure_delete.
  database.exec(`
    CREATE TABLE wrapped (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL CHECK (length(bytes) = ${WRAPPED_BYTES})) STRICT;
    CREATE TABLE keys (
      subject TEXT PRIMARY KEY, id TEXT, master_key_id TEXT, number INTEGER, erased_at TEXT,
      CHECK ((erased_at IS NULL) = (id IS NOT NULL AND master_key_id IS NOT NULL AND number IS NOT NULL))) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_master_key ON keys (master_key_id) WHERE master_key_id IS NOT NULL;
    CREATE TABLE names (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    PRAGMA application_id = ${APPLICATION_ID}`);
}

/** @throws SubjectKeysUnavailable */
export function openDatabase(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    makePrivate(file);
    database = new Database(file, { timeout: 5_000 });
    database.pragma('synchronous = FULL');
    database.pragma('secure_delete = ON');
    // Before the WAL, which would stay in a database of something else.
    database.transaction(create).immediate(database);
    database.pragma('journal_mode = WAL');
    tightenDatabase(file);
    return database;
  } catch (error) {
    database?.close();
    throw new SubjectKeysUnavailable(`the key store ${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}
