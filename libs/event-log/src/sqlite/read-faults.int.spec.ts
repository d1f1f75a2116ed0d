import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { asWritten, collect, newEvents } from '#testing';
import type { EventLog, Position } from '../event-log.js';
import { logOver } from '../log-over.js';
import { openSqliteEventLog } from './sqlite-event-log.js';

const PAGE = 4096;
const unavailable = { name: 'EventLogUnavailable', message: expect.stringContaining('cannot be read') };

/** The pages that a reader comes in by are spoilt for a while, as a disk spoils them. */
function spoilt(file: string): { mend(): void } {
  const db = new Database(file);
  const roots = db
    .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name IN ('events', 'streams', 'events_by_stream')")
    .pluck()
    .all();
  db.close();
  const fd = openSync(file, 'r+');
  const before = roots.map((root) => {
    const page = Buffer.alloc(PAGE);
    readSync(fd, page, 0, PAGE, (root - 1) * PAGE);
    writeSync(fd, Buffer.alloc(PAGE, 0xff), 0, PAGE, (root - 1) * PAGE);
    return { root, page };
  });
  return {
    mend() {
      for (const { root, page } of before) writeSync(fd, page, 0, PAGE, (root - 1) * PAGE);
      closeSync(fd);
    },
  };
}

describe('a read fault of the SQLite event log', () => {
  let folder: string;
  let file: string;
  let log: EventLog;
  let head: Position;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-read-faults-'));
    file = path.join(folder, 'log.db');
    const writing = logOver(openSqliteEventLog(file), asWritten);
    await writing.append('s-1', 'none', newEvents(3));
    head = await writing.head();
    await writing.close();
    log = logOver(openSqliteEventLog(file, { readOnly: true }), asWritten);
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  it('is told as a fault of the engine by every read, and is over when it has passed', async () => {
    const reads: Record<string, () => Promise<unknown>> = {
      head: () => log.head(),
      readStream: () => collect(log.readStream('s-1')),
      readAll: () => collect(log.readAll()),
      readByStream: () => collect(log.readByStream!({ upTo: head, streamPrefix: '' })),
      subscribe: () => log.subscribe()[Symbol.asyncIterator]().next(),
    };
    const { mend } = spoilt(file);
    for (const read of Object.values(reads)) await expect(read()).rejects.toMatchObject(unavailable);
    mend();
    for (const read of Object.values(reads)) await expect(read()).resolves.toBeDefined();
    expect(await log.head()).toBe(head);
  });

  it('reaches whoever waits for the next event, and ends nothing else', async () => {
    const items = log.subscribe({ after: head })[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: { kind: 'caughtUp' } });
    const next = items.next();
    const { mend } = spoilt(file);
    await expect(next).rejects.toMatchObject(unavailable);
    mend();
    expect(await log.head()).toBe(head);
  });
});
