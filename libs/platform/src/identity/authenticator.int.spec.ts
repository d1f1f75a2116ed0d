import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqliteKeyStore } from '../sqlite/sqlite-key-store.js';
import { createAuthenticator } from './authenticator.js';
import { type ApiKeyStore, KeyStoreUnavailable } from './key-store.js';

let folder: string;
let file: string;
let keys: ApiKeyStore;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-keys-'));
  file = path.join(folder, 'sub', 'keys.sqlite');
  keys = openSqliteKeyStore(file);
});
afterEach(() => {
  keys.close();
  rmSync(folder, { recursive: true });
});
const now = '2026-11-22T21:14:47.000Z';
const create = () => keys.create({ role: 'curator', actorId: 'cur-1', name: 'Ada', now });

describe('API keys', () => {
  it('are known again by their token, and by nothing else', () => {
    const { token, record } = create();
    const authenticate = createAuthenticator(keys);
    expect(authenticate(token)).toEqual({ keyId: record.id, role: 'curator', actorId: 'cur-1' });
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const other of ['', 'letopis_', changed, `${token}x`, ` ${token}`, token.toUpperCase()])
      expect(authenticate(other)).toBeUndefined();
  });

  it('do not stand in the file', () => {
    const { token } = create();
    keys.close();
    const secret = token.split('_').slice(2).join('_');
    expect(readFileSync(file).includes(secret)).toBe(false);
    keys = openSqliteKeyStore(file);
    expect(createAuthenticator(keys)(token)).toBeDefined();
  });

  it('are good for less than a second after another process has revoked them', async () => {
    const { token, record } = create();
    const authenticate = createAuthenticator(keys);
    expect(authenticate(token)).toBeDefined();
    const elsewhere = openSqliteKeyStore(file);
    expect([elsewhere.revoke(record.id, now), elsewhere.revoke('0'.repeat(16), now)]).toEqual([true, false]);
    elsewhere.revoke(record.id, '2030-01-01T00:00:00.000Z');
    expect(elsewhere.list()).toEqual([{ ...record, revoked: now }]);
    elsewhere.close();
    await sleep(900);
    expect(authenticate(token)).toBeUndefined();
  });

  it('say which file they cannot be opened from', () => {
    const text = path.join(folder, 'note.txt');
    writeFileSync(text, 'x'.repeat(4096));
    for (const other of [text, folder]) expect(() => openSqliteKeyStore(other)).toThrow(KeyStoreUnavailable);
    expect(() => openSqliteKeyStore(text)).toThrow(text);
  });
});
