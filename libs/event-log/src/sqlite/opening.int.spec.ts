import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { appendAtHead, collect, newEvent } from '#testing';
import type { EventLog, StoredEvent } from '../event-log.js';
import { storedLogOver } from '../log-over.js';
import { openEventLog } from '../open-event-log.js';
import { EventLogWrittenElsewhere } from '../written-elsewhere.js';
import { opening } from './open-database.js';
import { openSqliteEventLog } from './sqlite-event-log.js';

/** Compiled: a process of its own, which appends for ever and prints what was acknowledged. */
const program = path.resolve('dist/libs/testing/src/append-until-killed.js');

describe('opening an SQLite event log', () => {
  let folder: string;
  let file: string;
  const opened: EventLog<StoredEvent>[] = [];

  const open = async (options?: Parameters<typeof openEventLog>[1]) => {
    const log = await openEventLog(`sqlite:${file}`, options);
    opened.push(log);
    return log;
  };
  const appender = async () => {
    const child = fork(program, [file], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const acknowledged = () =>
      output
        .slice(0, output.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean);
    while (acknowledged().length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    const kill = async () => {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    };
    return { pid: child.pid!, acknowledged, kill };
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-opening-'));
    file = path.join(folder, 'log.db');
  });
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close();
    rmSync(folder, { recursive: true });
  });

  it('rejects a directory', async () => {
    mkdirSync(file);
    await expect(open()).rejects.toMatchObject({ name: 'EventLogUnavailable', message: expect.stringContaining('is a directory') });
  });

  it('rejects a file that is not a database, and leaves it as it is', async () => {
    writeFileSync(file, 'Dear diary, '.repeat(1_000));
    await expect(open()).rejects.toMatchObject({ name: 'EventLogUnavailable', message: expect.stringContaining('not an SQLite database') });
  });

  it('rejects the database of something else', async () => {
    const other = new Database(file);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    await expect(open()).rejects.toThrow('database of another application');
  });

  it('rejects a log of a newer version and says so', async () => {
    await (await open()).close();
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    await expect(open()).rejects.toThrow(/newer version.*schema 99/);
    await expect(open({ readOnly: true })).rejects.toThrow(/newer version/);
  });

  it('learns from a log of version 1 which commands it has seen, and keeps all that it holds', async () => {
    const log = await open();
    for (const stream of ['s-1', 's-2']) {
      await log.append(stream, 'none', [newEvent(), newEvent({ commandId: `of-${stream}`, commandHash: 'a'.repeat(64) })]);
    }
    const before = await collect(log.readAll());
    await log.close();
    const db = new Database(file);
    db.exec('DROP TABLE commands; PRAGMA user_version = 1');
    db.close();
    const reading = await open({ readOnly: true });
    expect(await collect(reading.readAll())).toEqual(before);
    const upgrades: unknown[] = [];
    const again = await open({ onUpgraded: (upgrade) => upgrades.push(upgrade) });
    expect(upgrades).toEqual([{ from: 1, to: 4, tookMs: expect.any(Number) }]);
    expect(await collect(again.readAll())).toEqual(before);
    const repeated = newEvent({ commandId: 'of-s-1', commandHash: 'a'.repeat(64) });
    await expect(appendAtHead(again, 's-2', [repeated])).rejects.toMatchObject({ name: 'IdempotencyConflict', commandId: 'of-s-1' });
    await expect(appendAtHead(again, 's-1', [repeated])).resolves.toMatchObject({ revision: 2 });
  });

  it('rejects to read a log that is not there, and does not make one', async () => {
    await expect(open({ readOnly: true })).rejects.toThrow('does not exist');
    await expect(open({ readOnly: true })).rejects.toThrow('does not exist');
  });

  it('says that a folder has to be writable to be read', () => {
    const rejecting = () => {
      throw Object.assign(new Error('attempt to write a readonly database'), { code: 'SQLITE_READONLY' });
    };
    expect(() => opening(file, rejecting)).toThrow(/its folder and what is in it must be writable by this user, even to be read/);
  });

  it('rejects a path through a file', async () => {
    writeFileSync(file, '');
    await expect(openEventLog(`sqlite:${file}/log.db`)).rejects.toMatchObject({ name: 'EventLogUnavailable' });
  });

  it.each(['postgres://secret@host', 'sqlite:', 'log.db'])('rejects the URL %p without repeating what it may hold', async (url) => {
    await expect(openEventLog(url)).rejects.toThrow(/use memory:, sqlite:<path> or esdb:/);
    await expect(openEventLog(url)).rejects.toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
  });

  it('rejects a second writer in the same process', async () => {
    await open();
    await expect(open()).rejects.toThrow(`process ${process.pid}`);
  });

  it('rejects a second writer under another name of the file', async () => {
    await open();
    const link = path.join(folder, 'link.db');
    symlinkSync(file, link);
    await expect(openEventLog(`sqlite:${link}`)).rejects.toThrow(`process ${process.pid}`);
    const reading = await openEventLog(`sqlite:${link}`, { readOnly: true });
    opened.push(reading);
    await expect(reading.head()).resolves.toBeDefined();
  });

  it('rejects a second writing process, names the first and says what to do', async () => {
    const first = await appender();
    const rejected = await open().catch((error: unknown) => error);
    expect(rejected).toBeInstanceOf(EventLogWrittenElsewhere);
    expect(rejected).toMatchObject({
      name: 'EventLogUnavailable',
      message: expect.stringMatching(/; stop that process, or open the log read-only$/),
      reason: expect.stringContaining(`process ${first.pid} on ${hostname()} since `),
      writer: { pid: first.pid, host: hostname(), since: expect.stringMatching(/Z$/) },
    });
    await first.kill();
    await expect(open()).resolves.toBeDefined();
  });

  it('is free again after closing', async () => {
    await (await open()).close();
    await expect(open()).resolves.toBeDefined();
  });

  it('a reader beside the writing process sees what it appends, live', async () => {
    const writing = await appender();
    const reader = await open({ readOnly: true });
    let live = 0;
    for await (const item of reader.subscribe()) {
      if (item.kind === 'batch') live += item.events.length;
      if (live >= 50) break;
    }
    await expect(appendAtHead(reader, 's-1', [newEvent()])).rejects.toThrow('read-only');
    await writing.kill();
  });

  it('a reader can open what a killed writer left', async () => {
    const writing = await appender();
    await writing.kill();
    const acknowledged = writing.acknowledged();
    const reader = await open({ readOnly: true });
    expect((await reader.head()) >= acknowledged.at(-1)!).toBe(true);
  });

  it('keeps every acknowledged append and no half one, at whatever moment its process is killed', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round++) {
      const writing = await appender();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      await writing.kill();
      acknowledged.push(...writing.acknowledged());
    }
    const log = await open();
    const events = await collect(log.readAll());
    const positions = new Set<string>(events.map(({ position }) => position));
    expect(acknowledged.filter((position) => !positions.has(position))).toEqual([]);
    // Each call appends three events with a correlation id of its own.
    const calls = Map.groupBy(events, ({ correlationId }) => correlationId);
    expect([...calls.values()].filter(({ length }) => length !== 3)).toEqual([]);
    expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, index) => index + 1));
  });

  it('a quota that is used up rejects as unavailable, keeps what is there, and a larger one goes on', async () => {
    const small = storedLogOver(openSqliteEventLog(file, { maxPages: 40 }));
    let appended = 0;
    const appending = async () => {
      for (; ; appended++) await appendAtHead(small, 's-1', [newEvent({ data: { text: 'x'.repeat(10_000) } })]);
    };
    await expect(appending()).rejects.toMatchObject({
      name: 'EventLogUnavailable',
      message: expect.stringContaining('nothing of this command was appended'),
    });
    await small.close();
    const log = await open();
    expect(await collect(log.readStream('s-1'))).toHaveLength(appended);
    await expect(appendAtHead(log, 's-1', [newEvent()])).resolves.toMatchObject({ revision: appended });
  });

  it('does not say that nothing was appended where the engine failed at COMMIT, and goes on', async () => {
    const log = await open();
    const other = new Database(file);
    other.exec(`
      CREATE TABLE parents (id INTEGER PRIMARY KEY);
      CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER fails_at_commit AFTER INSERT ON events BEGIN INSERT INTO children VALUES (1); END`);
    const event = newEvent();
    await expect(log.append('s-1', 'none', [event])).rejects.toMatchObject({
      name: 'EventLogUnavailable',
      message: expect.stringMatching(/^unknown whether .* the same Idempotency-Key or source/),
    });
    other.exec('DROP TRIGGER fails_at_commit');
    other.close();
    await expect(log.append('s-1', 'none', [event])).resolves.toMatchObject({ revision: 0 });
  });

  it('does not stall the event loop while it appends', async () => {
    const log = await open();
    const appends = 100;
    let turns = 0;
    let appending = true;
    const turn = () => {
      turns++;
      if (appending) setImmediate(turn);
    };
    setImmediate(turn);
    for (let n = 0; n < appends; n++) await log.append(`s-${n}`, 'none', [newEvent()]);
    appending = false;
    // Who waited for the disk within the loop would turn once or twice an append.
    expect(turns).toBeGreaterThan(5 * appends);
  });
});
