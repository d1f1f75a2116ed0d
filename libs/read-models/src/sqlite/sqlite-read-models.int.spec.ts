import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { toCount } from '#event-log/position.js';
import { readModelStoreContract } from '#testing/read-model-store.contract.js';
import { openReadModels } from '../open-read-models.js';
import type { Position } from '../position.js';
import { openSqliteReadModels } from './sqlite-read-models.js';

const folders: string[] = [];
const newFile = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-read-models-'));
  folders.push(folder);
  return path.join(folder, 'deeper', 'views.db');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

readModelStoreContract('the SQLite adapter', async () => {
  const file = newFile();
  const store = openSqliteReadModels(file);
  return {
    store,
    beside: () => openSqliteReadModels(file, { readOnly: true }),
    writingBeside: () => openSqliteReadModels(file),
    rival: () => openSqliteReadModels(file),
    dispose: () => store.close(),
  };
});

const position = (at: number) => String(at).padStart(20, '0') as Position;

describe('what SQLite read models deleted', () => {
  it('is in none of their files once a reader has purged them', async () => {
    const file = newFile();
    const writer = openSqliteReadModels(file);
    const reader = openSqliteReadModels(file, { readOnly: true });
    await writer.declare([{ kind: 'documents', name: 'a_1', fields: ['name'], indexes: [['name']] }]);
    const put = (key: string, name: string) => ({
      collection: 'a_1',
      key,
      position: position(1),
      fields: { name },
      body: { name: name.repeat(500) },
    });
    const commit = (at: number, upserts: ReturnType<typeof put>[], deletes: { collection: string; key: string }[] = []) =>
      writer.commit([{ projection: 'a@1', position: position(at), upserts, deletes, increments: [] }]);
    await commit(1, [put('k1', 'Kunigunde'), put('k2', 'Kunigunde')]);
    const text = () => ['', '-wal'].map((end) => readFileSync(file + end, 'latin1')).join('');
    await reader.purge!();
    expect(text()).toContain('Kunigunde');
    await commit(2, [put('k1', 'gone')], [{ collection: 'a_1', key: 'k2' }]);
    expect(await reader.purge!()).toBe(true);
    expect(text()).not.toContain('Kunigunde');
    await Promise.all([reader.close(), writer.close()]);
  });
});

describe('a reader of SQLite read models', () => {
  it('may open before there is a file, finds nothing, and sees the contents once they are there', async () => {
    const file = newFile();
    const reader = openSqliteReadModels(file, { readOnly: true });
    expect(await reader.checkpoint('a@1')).toBe('0'.repeat(20));
    expect(await reader.getSetting('alias:a')).toBeUndefined();
    await expect(reader.find('a_1', {})).rejects.toMatchObject({ name: 'UnknownCollection' });
    const writer = openSqliteReadModels(file);
    await writer.putSetting('alias:a', 1);
    expect(await reader.getSetting('alias:a')).toBe(1);
    await Promise.all([reader.close(), writer.close()]);
  });

  it('cannot write', async () => {
    const reader = openSqliteReadModels(newFile(), { readOnly: true });
    await expect(reader.putSetting('x', 1)).rejects.toMatchObject({ name: 'ReadModelsUnavailable' });
    await reader.close();
  });

  it('gets a plain error where a file is something else', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-read-models-'));
    folders.push(folder);
    const file = path.join(folder, 'note.db');
    writeFileSync(file, 'this is a letter and no database at all, however long one looks at it');
    expect(() => openReadModels(`sqlite:${file}`)).toThrow(expect.objectContaining({ name: 'ReadModelsUnavailable' }));
  });
});

describe('SQLite read models', () => {
  it('open a new file while another process makes its tables', async () => {
    const [made, file] = [newFile(), newFile()];
    await openSqliteReadModels(made).close();
    const db = new Database(made, { readonly: true });
    const tables = db.prepare("SELECT sql FROM sqlite_schema WHERE name LIKE '\\_%' ESCAPE '\\'").pluck().all();
    const pragmas = ['application_id', 'user_version'].map((name) => `PRAGMA ${name} = ${db.pragma(name, { simple: true })}`);
    db.close();
    mkdirSync(path.dirname(file), { recursive: true });
    const started = new Int32Array(new SharedArrayBuffer(4));
    const other = new Worker(
      `const { workerData: { file, sql, started } } = require('node:worker_threads');
       const db = new (require('better-sqlite3'))(file);
       db.pragma('journal_mode = WAL');
       db.exec('BEGIN IMMEDIATE; ' + sql);
       Atomics.store(started, 0, 1);
       Atomics.notify(started, 0);
       setTimeout(() => db.exec('COMMIT'), 300);`,
      { eval: true, workerData: { file, sql: [...tables, ...pragmas].join('; '), started } },
    );
    const ended = once(other, 'exit');
    Atomics.wait(started, 0, 0);
    const store = openSqliteReadModels(file);
    await store.putSetting('x', 1);
    expect(await store.getSetting('x')).toBe(1);
    await Promise.all([ended, store.close()]);
  });

  it('are held by one store, under whatever name the others know the file, until it is closed', async () => {
    const file = newFile();
    const first = openSqliteReadModels(file);
    await first.hold!();
    await first.hold!();
    const other = path.join(path.dirname(file), 'other-name.db');
    symlinkSync(file, other);
    for (const name of [file, other]) {
      const second = openSqliteReadModels(name);
      const rejection = { name: 'ReadModelsUnavailable', message: expect.stringContaining(`by process ${process.pid} on`) };
      await expect(second.hold!()).rejects.toMatchObject(rejection);
      await second.close();
    }
    const second = openSqliteReadModels(file);
    await first.close();
    await second.hold!();
    await second.close();
  });

  it('say of a document that was damaged that it cannot be read', async () => {
    const file = newFile();
    const store = openSqliteReadModels(file);
    await store.declare([{ kind: 'documents', name: 'a', fields: [], indexes: [] }]);
    const upserts = ['c1', 'c2'].map((key) => ({ collection: 'a', key, position: '1' as never, fields: {}, body: {} }));
    await store.commit([{ projection: 'a@1', position: '1' as never, upserts, deletes: [], increments: [] }]);
    const other = new Database(file);
    other.prepare("UPDATE a SET body = '{' WHERE key = 'c1'").run();
    other.close();
    await expect(store.getMany('a', ['c1', 'c2'])).rejects.toMatchObject({ name: 'UnreadableDocument', key: 'c1' });
    expect(await store.get('a', 'c2')).toMatchObject({ key: 'c2', body: {} });
    await store.close();
  });

  it('are there after closing and opening again', async () => {
    const file = newFile();
    const before = openSqliteReadModels(file);
    await before.declare([{ kind: 'documents', name: 'a_1', fields: ['x'], indexes: [['x']] }]);
    const position = '1'.padStart(20, '0') as Awaited<ReturnType<typeof before.checkpoint>>;
    await before.commit([
      {
        projection: 'a@1',
        position,
        upserts: [{ collection: 'a_1', key: 'k', position, fields: { x: 1 }, body: {} }],
        deletes: [],
        increments: [],
      },
    ]);
    await before.close();
    const after = openSqliteReadModels(file);
    expect(await after.count('a_1', { where: { x: 1 } })).toBe(1);
    expect(await after.checkpoint('a@1')).toBe(position);
    await after.close();
  });

  it('keep no sums of zero, whether they were loaded or added to', async () => {
    const file = newFile();
    const store = openSqliteReadModels(file);
    const add = (...amounts: number[]) => {
      const increments = amounts.map((amount, i) => ({
        collection: 'sums_1',
        entry: { series: 'measure=a|', day: `2026-01-0${i + 1}`, known: '2026-01-01', amount },
      }));
      return store.commit([{ projection: 'a@1', position: 'bulk-load', upserts: [], deletes: [], increments }]);
    };
    const days = () => {
      const db = new Database(file, { readonly: true });
      const found = db.prepare('SELECT day, amount FROM sums_1 ORDER BY day').raw().all();
      db.close();
      return found;
    };
    await store.declare([{ kind: 'totals', name: 'sums_1' }]);
    await store.beginBulkLoad!(['sums_1']);
    await add(1, 2, 3);
    await add(-1, 2);
    await store.endBulkLoad!(['sums_1']);
    expect(days()).toEqual([
      ['2026-01-02', 4],
      ['2026-01-03', 3],
    ]);
    await add(5, -4);
    expect(days()).toEqual([
      ['2026-01-01', 5],
      ['2026-01-03', 3],
    ]);
    await store.close();
  });

  it('agree with their checkpoint whenever the writer is killed', async () => {
    const file = newFile();
    const program = path.resolve('dist/libs/testing/src/commit-until-killed.js');
    for (let round = 0; round < 4; round++) {
      const child = fork(program, [`sqlite:${file}`], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let told = 0;
      child.on('message', (number) => {
        told = number as number;
      });
      await new Promise((resolve) => child.once('message', resolve));
      await sleep(100 + round * 37);
      child.kill('SIGKILL');
      await ended;

      const store = openSqliteReadModels(file, { readOnly: true });
      const checkpoint = toCount(await store.checkpoint('crash@1'));
      expect(checkpoint).toBeGreaterThanOrEqual(told);
      expect(await store.count('crash_1')).toBe(checkpoint * 20);
      expect(await store.count('crash_1', { range: { number: { gt: checkpoint } } })).toBe(0);
      expect(await store.totals('crash_totals_1', { by: 'series' })).toMatchObject([{ amount: checkpoint * 20 }]);
      await store.close();
    }
  });
});
