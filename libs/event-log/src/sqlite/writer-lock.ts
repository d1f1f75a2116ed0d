import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { EventLogWrittenElsewhere, type LogWriter } from '../event-log.js';

/**
 * One writer a data file. The lock is a transaction held open on a file beside it, so the operating system lets go of it
 * when the process dies, however it dies; readers of that file still see who holds it.
 */
export function takeWriterLock(file: string): { release(): void } {
  mkdirSync(path.dirname(file), { recursive: true });
  // Long enough for somebody who only reads the holder, short enough to fail at once where there is one.
  const db = new Database(`${file}.lock`, { timeout: 200 });
  try {
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder;');
    const me: LogWriter = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    db.prepare('INSERT INTO holder VALUES (:pid, :host, :since)').run(me);
    db.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    const holder = readHolder(db);
    db.close();
    if (!(error as { code?: string }).code?.startsWith('SQLITE_BUSY')) throw error;
    throw new EventLogWrittenElsewhere(file, holder, { cause: error });
  }
  return { release: () => db.close() };
}

function readHolder(db: Database.Database): LogWriter | undefined {
  try {
    return db.prepare<[], LogWriter>('SELECT pid, host, since FROM holder').get();
  } catch {
    return undefined;
  }
}
