import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import { EventLogUnavailable } from '../event-log.js';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION, UPGRADES } from './schema.js';
import { commandKey } from './streams-of-commands.js';

export interface WriterOptions {
  /** A quota: the file never grows beyond so many pages of 4 KiB. */
  readonly maxPages?: number | undefined;
}

export interface SchemaUpgrade {
  readonly from: number;
  readonly to: number;
  readonly tookMs: number;
}

/** The one connection that writes. Creates the file and its schema where there is none. */
export function openForWriting(
  file: string,
  { maxPages }: WriterOptions = {},
  onUpgraded?: (upgrade: SchemaUpgrade) => void,
): Database.Database {
  return opening(file, () => {
    makePrivate(file);
    const db = new Database(file);
    try {
      db.pragma('journal_mode = WAL');
      // The disk has it before the caller is answered; without FULL a power cut could take acknowledged events with it.
      db.pragma('synchronous = FULL');
      db.pragma('cache_size = -65536');
      // Streams touch the same index pages again and again: a longer WAL writes each of them back once instead of often.
      db.pragma('wal_autocheckpoint = 4000');
      db.pragma('journal_size_limit = 67108864');
      if (maxPages !== undefined) db.pragma(`max_page_count = ${maxPages}`);
      if (isBlank(db)) db.transaction(() => db.exec(SCHEMA)).immediate();
      checked(db);
      tightenDatabase(file);
      return upToDate(db, onUpgraded);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A connection that only ever reads; any number of them, in any process. */
export function openForReading(file: string): Database.Database {
  return opening(file, () => {
    if (!existsSync(file)) throw new EventLogUnavailable(`${file} does not exist`);
    const db = new Database(file);
    try {
      // Not opened read-only: a reader has to be able to recover the WAL of a writer that was killed.
      db.pragma('query_only = 1');
      // Reads without a copy and a system call a page; safe because the file never shrinks.
      db.pragma('mmap_size = 1073741824');
      // What is not mapped is the end of a long file and the WAL.
      db.pragma('cache_size = -16384');
      return checked(db);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Every reason not to open is told with the file and in words. */
export function opening<T>(file: string, open: () => T): T {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new EventLogUnavailable(`${file} is a directory; use a file in it`);
    return open();
  } catch (error) {
    if (error instanceof EventLogUnavailable) throw error;
    const { code, message } = error as Error & { code?: string };
    const reason =
      code === 'SQLITE_NOTADB'
        ? 'it is not an SQLite database'
        : isUnwritable(file, code)
          ? "its folder and what is in it must be writable by this user, even to be read, because a reader takes part in SQLite's WAL; or copy the log and read the copy"
          : `${message}${code ? ` (${code})` : ''}`;
    throw new EventLogUnavailable(`the event log ${file} cannot be opened: ${reason}`, { cause: error });
  }
}

/** Read as immutable it would need no WAL, but then a writer beside would be read wrongly. */
function isUnwritable(file: string, code: string | undefined): boolean {
  if (code?.startsWith('SQLITE_READONLY')) return true;
  if (!code?.startsWith('SQLITE_CANTOPEN')) return false;
  try {
    accessSync(path.dirname(file), constants.W_OK);
    return false;
  } catch (error) {
    return ['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Faults of the engine come as EventLogUnavailable; mistakes of ours as they are. */
export function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    const ofEngine = typeof code === 'string' && /^SQLITE_(BUSY|FULL|IOERR|CANTOPEN|NOTADB|CORRUPT|READONLY|NOMEM|PROTOCOL)/.test(code);
    if (!ofEngine) throw error;
    throw new EventLogUnavailable(`the event log ${file} cannot be read: ${message} (${code})`, { cause: error });
  }
}

function isBlank(db: Database.Database): boolean {
  return db.pragma('application_id', { simple: true }) === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** All of it or nothing: one that is killed in the middle of this begins again. */
function upToDate(db: Database.Database, onUpgraded?: (upgrade: SchemaUpgrade) => void): Database.Database {
  const from = db.pragma('user_version', { simple: true }) as number;
  if (from === SCHEMA_VERSION) return db;
  const start = performance.now();
  db.function('command_key', { deterministic: true }, (commandId) => commandKey(commandId as string));
  db.transaction(() => {
    for (let to = from + 1; to <= SCHEMA_VERSION; to++) db.exec(UPGRADES[to]!);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
  onUpgraded?.({ from, to: SCHEMA_VERSION, tookMs: Math.round(performance.now() - start) });
  return db;
}

function checked(db: Database.Database): Database.Database {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new EventLogUnavailable(`${db.name} is an SQLite database of another application, not an event log`);
  }
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new EventLogUnavailable(
      `${db.name} was written by a newer version of Letopis (schema ${version}, this one knows ${SCHEMA_VERSION}); update this program`,
    );
  }
  return db;
}
