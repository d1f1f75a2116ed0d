import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import { ReadModelsUnavailable } from '../errors.js';

/** "LRED" */
const APPLICATION_ID = 0x4c524544;
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE _collections (name TEXT PRIMARY KEY, spec TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE _checkpoints (projection TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE _settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** For a commit of another thread that loads together with this one, on a slow disk. */
export const PATIENCE_MS = 60_000;

const CACHE_KIB = 65_536;
/** Of whoever only appends: what is written is not read again. */
const CACHE_BESIDE_KIB = 8_192;
const RUN_KIB = 4_096;
const SORTING_THREADS = 2;

export function openForWriting(file: string, { beside = false } = {}): Database.Database {
  makePrivate(file);
  const db = new Database(file, { timeout: PATIENCE_MS });
  return closingOnError(db, () => {
    db.pragma('page_size = 8192');
    db.pragma('journal_mode = WAL');
    // A power cut may take the last commits, never half of one: the checkpoint is in the same transaction as the documents, so
    // the log plays again whatever was lost. Waiting for the disk at every commit would buy nothing.
    db.pragma('synchronous = NORMAL');
    // What an erasure removes is overwritten where it was.
    db.pragma('secure_delete = ON');
    db.pragma(`cache_size = -${beside ? CACHE_BESIDE_KIB : CACHE_KIB}`);
    sortInMemory(db);
    // Far apart: the checkpointer has copied nearly all of it by then.
    db.pragma('wal_autocheckpoint = 16000');
    db.pragma('journal_size_limit = 134217728');
    // Of several processes that come to a new file at once, one makes it.
    if (isBlank(db)) db.transaction(() => isBlank(db) && db.exec(SCHEMA)).immediate();
    check(db);
    tightenDatabase(file);
    return db;
  });
}

function sortInMemory(db: Database.Database): void {
  db.pragma('temp_store = MEMORY');
}

/**
 * For the indexes of whole collections: sorted in runs of the size of the cache, by threads beside this one, and kept in temporary files, so
 * that the memory they take does not grow with them. https://www.sqlite.org/pragma.html#pragma_threads
 */
export function sortingInRuns<Result>(db: Database.Database, use: () => Result): Result {
  db.pragma('temp_store = FILE');
  db.pragma(`threads = ${SORTING_THREADS}`);
  db.pragma(`cache_size = -${RUN_KIB}`);
  try {
    return use();
  } finally {
    db.pragma('threads = 0');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    sortInMemory(db);
  }
}

/** Undefined as long as no writer has made the file and its schema. */
export function openForReading(file: string): Database.Database | undefined {
  if (!existsSync(file)) return undefined;
  const db = new Database(file, { fileMustExist: true });
  return closingOnError(db, () => {
    // Not opened read-only: a reader has to be able to recover the WAL of a writer that was killed.
    db.pragma('query_only = 1');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    if (isBlank(db)) {
      db.close();
      return undefined;
    }
    check(db);
    return db;
  });
}

function closingOnError<Result>(db: Database.Database, prepare: () => Result): Result {
  try {
    return prepare();
  } catch (error) {
    db.close();
    throw error;
  }
}

function isBlank(db: Database.Database): boolean {
  return db.pragma('application_id', { simple: true }) === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

function check(db: Database.Database): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new ReadModelsUnavailable(`${db.name} is an SQLite database of another application, not read models`);
  }
  if ((db.pragma('user_version', { simple: true }) as number) > SCHEMA_VERSION) {
    throw new ReadModelsUnavailable(
      `${db.name} was written by a newer version of Letopis; update this program or drop the file and rebuild`,
    );
  }
}
