import { createHmac, hash, hkdfSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { newEvent, newEvents } from '#testing/new-event.js';
import { KeyStoreUnavailable, type Secret } from '../identity/key-store.js';
import { openKeyStore } from '../identity/open-key-store.js';
import {
  createFingerprints,
  FingerprintKeyMissing,
  fingerprintSecretIn,
  missingKeysOf,
  openFingerprints,
  openFingerprintsToRead,
} from './fingerprints.js';

const secret: Secret = { id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) };
const other: Secret = { id: '00000001', bytes: Buffer.alloc(32, 8) };
const canonical = '{"body":{"name":"Ольга"},"name":"record-contact"}';
const to = { isNew: true };
const under = (one: Secret, stream = 's-1') => createFingerprints(async () => one).of(stream, canonical);
const hashUnder = (one: Secret, stream?: string) => under(one, stream).commandHash(to);

describe('the fingerprint of a command', () => {
  it('is an HMAC-SHA256 of the canonical command, under the key that HKDF derives from the secret and the stream', async () => {
    const key = Buffer.from(hkdfSync('sha256', secret.bytes, '', 's-1', 32));
    expect(await hashUnder(secret)).toBe(`h1:1f0c2a9b:${createHmac('sha256', key).update(canonical).digest('hex')}`);
  });

  it('differs by stream, secret and command, and by nothing else', async () => {
    const fingerprints = createFingerprints(async () => secret);
    const all = [
      await fingerprints.of('s-1', canonical).commandHash(to),
      await fingerprints.of('s-2', canonical).commandHash(to),
      await fingerprints.of('s-1', `${canonical} `).commandHash(to),
      await hashUnder(other),
    ];
    expect(new Set(all).size).toBe(4);
    expect(await fingerprints.of('s-1', canonical).commandHash(to)).toBe(all[0]);
  });

  it('is the same command as its own and as the plain hash of before, and no other', async () => {
    const elsewhere = await hashUnder(secret, 's-2');
    const stored = [await hashUnder(secret), hash('sha256', canonical, 'hex'), elsewhere, hash('sha256', 'other', 'hex')];
    expect(await Promise.all(stored.map(under(secret).isSameCommand))).toEqual([true, true, false, false]);
  });

  it('cannot be compared with one under a secret that is not there, or of a kind that is not known', async () => {
    const { isSameCommand } = under(secret);
    await expect(isSameCommand(await hashUnder(other))).rejects.toThrow(new FingerprintKeyMissing('h1:00000001'));
    for (const kind of ['h2', 'c1'])
      await expect(isSameCommand(`${kind}:1f0c2a9b:00`)).rejects.toThrow(new FingerprintKeyMissing(`${kind}:1f0c2a9b`));
  });

  it('is told to be under a missing key by the end of a log, whatever stands in the data', async () => {
    const log = await openEventLog('memory:');
    const made = async (one: Secret) => newEvent({ commandHash: await hashUnder(one) });
    const own = createFingerprints(async () => secret);
    await log.append('s-1', 'none', [
      await made(secret),
      newEvent({ commandHash: hash('sha256', canonical, 'hex') }),
      newEvent({ data: { text: '"commandHash":"h1:00000002:00"' } }),
    ]);
    expect([await own.key(), await missingKeysOf(log, own)]).toEqual(['h1:1f0c2a9b', []]);
    await log.append('s-2', 'none', [await made(other)]);
    expect(await missingKeysOf(log, own)).toEqual(['h1:00000001']);
    await log.append('s-3', 'none', newEvents(200));
    expect(await missingKeysOf(log, own)).toEqual([]);
  });

  it('asks for the secret once, and again where that failed', async () => {
    let asked = 0;
    const fingerprints = createFingerprints(async () => {
      if (asked++ === 0) throw new KeyStoreUnavailable('away');
      return secret;
    });
    const made = (stream: string) => fingerprints.of(stream, canonical).commandHash(to);
    await expect(made('s-1')).rejects.toThrow(KeyStoreUnavailable);
    expect([new Set(await Promise.all(['s-1', 's-2', 's-3'].map(made))).size, asked]).toEqual([3, 2]);
  });
});

describe('the secret of the fingerprints', () => {
  let folder: string;
  let url: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-fingerprints-'));
    url = `sqlite:${path.join(folder, 'keys.sqlite')}`;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const hashOf = (fingerprints: ReturnType<typeof openFingerprints>) => fingerprints.of('s-1', canonical).commandHash(to);

  it('is one for all who open the key store at the same time, and stays', async () => {
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => hashOf(openFingerprints(url))));
    expect(new Set([...atOnce, await hashOf(openFingerprints(url)), await hashOf(openFingerprintsToRead(url))]).size).toBe(1);
  });

  it('is the one that was made beforehand, for whoever may only read the keys then', async () => {
    const keys = openKeyStore(url);
    const made = await fingerprintSecretIn(keys);
    const readOnly = { findSecret: keys.findSecret, putSecret: () => Promise.reject(new KeyStoreUnavailable('not authorized')) };
    expect(await fingerprintSecretIn(readOnly)).toEqual(made);
    await keys.close();
    expect(await openFingerprints(url).key()).toBe(`h1:${made.id}`);
  });

  it('is made for this time only by one that leaves no trace', async () => {
    const [one, two] = [await hashOf(openFingerprintsToRead(url)), await hashOf(openFingerprintsToRead(url))];
    expect(one).not.toBe(two);
    expect(readdirSync(folder)).toEqual([]);
    const kept = await hashOf(openFingerprints(url));
    expect(await hashOf(openFingerprintsToRead(url))).toBe(kept);
  });
});
