import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthenticator } from './authenticator.js';
import type { ApiKeyStore } from './key-store.js';
import { openKeyStore } from './open-key-store.js';

let folder: string;
let url: string;
let keys: ApiKeyStore;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-keys-'));
  url = `sqlite:${path.join(folder, 'keys.sqlite')}`;
  keys = openKeyStore(url);
});
afterEach(async () => {
  await keys.close();
  rmSync(folder, { recursive: true });
});
const now = '2026-11-22T21:14:47.000Z';
const create = () => keys.create({ role: 'curator', actorId: 'cur-1', name: 'Ada', now });

describe('API keys', () => {
  it('are known again by their token, and by nothing else', async () => {
    const { token, record } = await create();
    const { identify, recall } = createAuthenticator(keys);
    expect(recall(token)).toBeUndefined();
    const identity = { keyId: record.id, role: 'curator', actorId: 'cur-1' };
    expect([await identify(token), recall(token)]).toEqual([identity, identity]);
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const other of ['', 'letopis_', changed, `${token}x`, ` ${token}`, token.toUpperCase()])
      expect([await identify(other), recall(other)]).toEqual([undefined, undefined]);
  });

  it('are asked after at every request: one that is no longer good is turned away though it was verified a moment ago', async () => {
    const { token, record } = await create();
    let good = true;
    const { identify, recall } = createAuthenticator(keys, {
      isGood(credential) {
        expect(credential).toEqual(record);
        return good;
      },
    });
    expect([await identify(token), recall(token)]).toEqual(Array(2).fill({ keyId: record.id, role: 'curator', actorId: 'cur-1' }));
    good = false;
    expect([recall(token), await identify(token)]).toEqual([undefined, undefined]);
  });

  it('are good for less than a second after another process has revoked them', async () => {
    const { token, record } = await create();
    const { identify, recall } = createAuthenticator(keys);
    expect(await identify(token)).toBeDefined();
    const elsewhere = openKeyStore(url);
    await elsewhere.revoke(record.id, now);
    await elsewhere.close();
    await sleep(900);
    expect([recall(token), await identify(token)]).toEqual([undefined, undefined]);
  });

  it('are rejected at once where they were revoked, also by an answer of the engine that was under way', async () => {
    const { token, record } = await create();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { identify, recall, forget } = createAuthenticator({
      async find(id) {
        const found = await keys.find(id);
        await asked;
        return found;
      },
    });
    const underWay = identify(token);
    await keys.revoke(record.id, now);
    forget(record.id);
    answer();
    expect([await underWay, recall(token), await identify(token)]).toEqual([undefined, undefined, undefined]);
  });

  it('are trusted from the question on, however long the engine takes to answer', async () => {
    const { token, record } = await create();
    const { identify, recall } = createAuthenticator({
      async find(id) {
        const found = await keys.find(id);
        await keys.revoke(record.id, now);
        await sleep(900);
        return found;
      },
    });
    expect(await identify(token)).toBeDefined();
    expect(recall(token)).toBeUndefined();
  });

  it('of which nobody can tell are neither let in nor turned away', async () => {
    const { token } = await create();
    const { identify } = createAuthenticator(keys);
    await keys.close();
    await expect(identify(token)).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
    expect(await identify('letopis_nonsense')).toBeUndefined();
  });
});
