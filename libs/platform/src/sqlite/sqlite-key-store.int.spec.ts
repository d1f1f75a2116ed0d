import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { keyStoreContract } from '#testing/key-store.contract.js';
import { KeyStoreUnavailable } from '../identity/key-store.js';
import { openKeyStore } from '../identity/open-key-store.js';
import { openSqliteKeyStore } from './sqlite-key-store.js';

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'letopis-keys-'));

keyStoreContract('the SQLite adapter', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'sub', 'keys.sqlite');
  const store = openSqliteKeyStore(file);
  return {
    store,
    beside: () => openKeyStore(`sqlite:${file}`),
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('API keys in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('of before there were teams are good, and new ones have a team beside them', async () => {
    const file = path.join(folder, 'keys.sqlite');
    const former = new Database(file);
    former.exec(`CREATE TABLE api_keys (
      id TEXT PRIMARY KEY, secret_hash BLOB NOT NULL, role TEXT NOT NULL, actor_id TEXT NOT NULL,
      name TEXT NOT NULL, created TEXT NOT NULL, revoked TEXT) STRICT;
      INSERT INTO api_keys VALUES ('0123456789abcdef', x'00', 'supervisor', 'sup-1', 'old', '2026-01-01T00:00:00.000Z', NULL);
      PRAGMA application_id = ${0x4c4b4559}`);
    former.close();
    const store = openSqliteKeyStore(file);
    await store.create({ role: 'supervisor', actorId: 'sup-2', team: 'north', name: '', now: '2026-11-22T21:14:47.000Z' });
    expect((await store.list()).map(({ actorId, team }) => [actorId, team])).toEqual([
      ['sup-1', undefined],
      ['sup-2', 'north'],
    ]);
    await store.close();
  });

  it('hold no secret, and no hash twice', async () => {
    const file = path.join(folder, 'keys.sqlite');
    const store = openSqliteKeyStore(file);
    const { token } = await store.create({ role: 'curator', actorId: 'cur-1', name: '', now: '2026-11-22T21:14:47.000Z' });
    await store.close();
    expect(readFileSync(file).includes(token.split('_').slice(2).join('_'))).toBe(false);
    const bare = new Database(file);
    const copy = bare.prepare('INSERT INTO api_keys SELECT ?, secret_hash, role, actor_id, name, created, revoked, team FROM api_keys');
    expect(() => copy.run('0'.repeat(16))).toThrow('UNIQUE');
    bare.close();
  });

  it('say which file they cannot be opened from, or read from any more', async () => {
    const text = path.join(folder, 'note.txt');
    writeFileSync(text, 'x'.repeat(4096));
    for (const other of [text, folder]) expect(() => openSqliteKeyStore(other)).toThrow(KeyStoreUnavailable);
    expect(() => openSqliteKeyStore(text)).toThrow(text);
    const file = path.join(folder, 'keys.sqlite');
    const store = openSqliteKeyStore(file);
    const bare = new Database(file);
    bare.exec('DROP TABLE api_keys');
    bare.close();
    await expect(store.list()).rejects.toMatchObject({ name: 'KeyStoreUnavailable', message: expect.stringContaining(file) });
    await store.close();
  });

  it('are not put into a database of something else', () => {
    const file = path.join(folder, 'chronicle.sqlite');
    const other = new Database(file);
    other.exec('CREATE TABLE events (id TEXT); CREATE TABLE secrets (id TEXT)');
    expect(() => openSqliteKeyStore(file)).toThrow(
      `The API keys in ${file} cannot be opened: it is an SQLite database of another application`,
    );
    expect(other.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['events', 'secrets']);
    expect(other.pragma('journal_mode', { simple: true })).toBe('delete');
    other.close();
  });

  it.each([
    ['neither table', 'DROP TABLE api_keys; DROP TABLE secrets'],
    ['the table of the keys without its index', 'DROP TABLE secrets; DROP INDEX api_keys_by_secret'],
    ['the table of the keys', 'DROP TABLE secrets'],
    ['the table of the secrets', 'DROP TABLE api_keys'],
    ['both tables', ''],
  ])('are still read where a file of theirs does not say whose it is and has %s', async (_, dropped) => {
    const file = path.join(folder, 'keys.sqlite');
    await openSqliteKeyStore(file).close();
    const former = new Database(file);
    former.exec(dropped);
    former.pragma('application_id = 0');
    former.close();
    const store = openSqliteKeyStore(file);
    expect(await store.list()).toEqual([]);
    const secret = { id: '1', bytes: Buffer.from('secret') };
    expect(await store.putSecret('some', secret)).toEqual(secret);
    await store.close();
    const bare = new Database(file);
    expect(bare.pragma('application_id', { simple: true })).toBe(0x4c4b4559);
    expect(bare.prepare("SELECT name FROM sqlite_schema WHERE name = 'api_keys_by_secret'").pluck().get()).toBe('api_keys_by_secret');
    bare.close();
  });

  it('are not looked for where no engine is named', () => {
    for (const url of ['memory:', 'sqlite:', path.join(folder, 'keys.sqlite')])
      expect(() => openKeyStore(url)).toThrow('sqlite:<path> or mongodb://host:port/database');
  });
});
