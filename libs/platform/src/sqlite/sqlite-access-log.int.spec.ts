import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { accessLogContract, someAccess } from '#testing/access-log.contract.js';
import { AccessLogUnavailable } from '../access-log/access-log-store.js';
import { createAppender } from '../access-log/append-accesses.js';
import { textOfAccesses } from '../access-log/batches.js';
import { openAccessLog } from '../access-log/open-access-log.js';
import { openSqliteAccessLog } from './sqlite-access-log.js';
import { openSqliteKeyStore } from './sqlite-key-store.js';

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'letopis-access-log-'));

accessLogContract('the SQLite adapter', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'sub', 'access-log.sqlite');
  const store = openSqliteAccessLog(file);
  return {
    store,
    beside: () => openAccessLog(`sqlite:${file}`),
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('an access log in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is its owner's alone", async () => {
    const file = path.join(folder, 'access-log.sqlite');
    const store = openSqliteAccessLog(file);
    await createAppender(store)({ text: textOfAccesses([someAccess(1)]), lost: 0 });
    for (const suffix of ['', '-wal', '-shm']) expect((statSync(file + suffix).mode & 0o777).toString(8)).toBe('600');
    await store.close();
  });

  it('says which file it cannot be opened from, and leaves a database of something else as it is', async () => {
    const text = path.join(folder, 'note.txt');
    writeFileSync(text, 'x'.repeat(4096));
    for (const other of [text, folder]) expect(() => openSqliteAccessLog(other)).toThrow(AccessLogUnavailable);
    const keys = path.join(folder, 'keys.sqlite');
    await openSqliteKeyStore(keys).close();
    const before = readFileSync(keys);
    for (const readOnly of [true, false]) expect(() => openSqliteAccessLog(keys, { readOnly })).toThrow(keys);
    expect(readFileSync(keys)).toEqual(before);
    expect(() => openAccessLog('redis:x')).toThrow(AccessLogUnavailable);
  });

  it('is not made by whoever only reads it', () => {
    const file = path.join(folder, 'access-log.sqlite');
    expect(() => openSqliteAccessLog(file, { readOnly: true })).toThrow('there is none');
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('is read beside the one who writes it, and neither changed nor shortened', async () => {
    const file = path.join(folder, 'access-log.sqlite');
    const store = openSqliteAccessLog(file);
    const reader = openSqliteAccessLog(file, { readOnly: true });
    expect(await reader.last()).toBeUndefined();
    await expect(
      reader.append(
        { number: 1, previousHash: '', hash: '', lost: 0, text: '[]' },
        { firstAt: '', lastAt: '', customerIds: [], actorIds: [] },
      ),
    ).rejects.toThrow(AccessLogUnavailable);
    await reader.close();
    await store.close();
    const bare = new Database(file);
    bare.exec("INSERT INTO batches VALUES (1, '', '', 0, '', '', '[]')");
    for (const statement of ['UPDATE batches SET lost = 1', 'DELETE FROM batches']) expect(() => bare.exec(statement)).toThrow('never');
    expect(bare.pragma('journal_mode', { simple: true })).toBe('wal');
    bare.close();
  });
});
