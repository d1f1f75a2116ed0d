import { hostname } from 'node:os';
import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from './private-files.js';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface FileLock {
  release(): void;
}

/** Somebody else has it; who, where that could be read. */
export class FileLocked extends Error {
  override readonly name = 'FileLocked';
  constructor(
    readonly holder: LockHolder | undefined,
    options?: ErrorOptions,
  ) {
    super(holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another process', options);
  }
}

/**
 * One holder a file, whoever else reads it. The lock is a transaction held open on a file beside it, so the operating system lets go of it
 * when the process dies, however it dies; readers of that file still see who holds it.
 * @throws FileLocked
 */
export function lockFile(file: string): FileLock {
  makePrivate(`${file}.lock`);
  tightenDatabase(`${file}.lock`);
  // Long enough for somebody who only reads the holder, short enough to fail at once where there is one.
  const db = new Database(`${file}.lock`, { timeout: 200 });
  try {
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder;');
    const me: LockHolder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    db.prepare('INSERT INTO holder VALUES (:pid, :host, :since)').run(me);
    db.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    const holder = readHolder(db);
    db.close();
    if (!isBusy(error)) throw error;
    throw new FileLocked(holder, { cause: error });
  }
  return { release: () => db.close() };
}

/**
 * Held together by any number of processes, and by nobody who holds the file alone (`lockFileFromGroup`). Each announces itself first and
 * looks for the other then, so that of two who come at once at least one gives way.
 * @throws FileLocked
 */
export function lockFileTogether(file: string): FileLock {
  const group = openGroupLock(file);
  try {
    // What is read within a transaction stays locked against whoever would have it alone.
    group.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    lockFile(file).release();
  } catch (error) {
    group.close();
    throw isBusy(error) ? new FileLocked(undefined, { cause: error }) : error;
  }
  return { release: () => group.close() };
}

/** As `lockFile`, and not beside anybody of a group. @throws FileLocked */
export function lockFileFromGroup(file: string): FileLock {
  const lock = lockFile(file);
  const group = openGroupLock(file);
  try {
    group.exec('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (error) {
    lock.release();
    throw isBusy(error) ? new FileLocked(undefined, { cause: error }) : error;
  } finally {
    group.close();
  }
  return lock;
}

function openGroupLock(file: string): Database.Database {
  const name = `${file}.group.lock`;
  makePrivate(name);
  tightenDatabase(name);
  return new Database(name, { timeout: 200 });
}

const isBusy = (error: unknown): boolean => (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true;

function readHolder(db: Database.Database): LockHolder | undefined {
  try {
    return db.prepare<[], LockHolder>('SELECT pid, host, since FROM holder').get();
  } catch {
    return undefined;
  }
}
