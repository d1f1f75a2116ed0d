import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { type Derivation, type EventLog, INSTALLATION_STREAM, installationNamed, LOG_STREAM } from '#event-log';
import { collect } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { newEvent } from '#testing/new-event.js';
import { openKeyStore } from '../identity/open-key-store.js';
import { appendOnce } from '../privacy/append-once.js';
import {
  chooseDerivedIds,
  foreignKeyName,
  idsUnder,
  newDerivation,
  openDerivedIds,
  openDerivedIdsToRead,
  plainIds,
} from './derived-ids.js';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const parts = fc.array(fc.string({ unit: 'binary', maxLength: 5 }), { minLength: 1, maxLength: 4 }).filter(([system]) => system !== '');

describe('ids derived under a secret', () => {
  const [one, other] = [idsUnder(Buffer.alloc(32, 1)), idsUnder(Buffer.alloc(32, 2))];

  it('are HMAC-SHA256 of purpose and name, as UUIDs of version 8', () => {
    // printf 'foreign-key\0shop\0customer\0%s' 7 | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '01%.0s' $(seq 32))
    expect(one.ofForeignKey(foreignKeyName(['shop', 'customer', '7']))).toBe('d7390d46-3c77-8a26-ba8b-35feca0dfe0f');
    expect(one.ofCommand('x')).toBe('624a0099-9b8e-80a2-aba6-8eaa787dab58');
  });

  it('are the same for the same key and no other, under no other secret, and not those of commands', () => {
    fc.assert(
      fc.property(parts, parts, (first, second) => {
        const [name, another] = [foreignKeyName(first), foreignKeyName(second)];
        const id = one.ofForeignKey(name);
        expect(id).toMatch(UUID_8);
        expect(one.ofForeignKey(another) === id).toBe(JSON.stringify(first) === JSON.stringify(second));
        expect([other.ofForeignKey(name), one.ofCommand(name), plainIds.ofForeignKey(name)]).not.toContain(id);
      }),
    );
  });

  it('are of valid Unicode only, as plain ones are', () => {
    for (const ids of [one, plainIds]) {
      expect(() => ids.ofForeignKey('shop\0\ud800')).toThrow(URIError);
      expect(() => ids.ofCommand('\ud800')).toThrow(URIError);
    }
  });
});

it('plain ids stay UUIDs of version 5 in their two namespaces', () => {
  expect(plainIds.ofForeignKey(foreignKeyName(['crm', 'customer', 'a']))).toBe(
    v5('crm\0customer\0a', 'b0a7c1de-2f0b-5d61-9c43-5f2f3a1c7e10'),
  );
  expect(plainIds.ofCommand('x')).toBe(v5('x', '5f0c3a52-7d8e-4f0b-9a43-0a2a6b6f2d11'));
});

describe('how a chronicle derives ids', () => {
  let folder: string;
  let url: string;
  let log: EventLog;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-derived-'));
    url = `sqlite:${path.join(folder, 'keys.sqlite')}`;
    log = memoryLog();
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });
  const idIn = async (source: Promise<Awaited<ReturnType<typeof openDerivedIds>>>) => (await (await source)()).ofForeignKey('a');
  const id = () => idIn(openDerivedIds(url, log));
  const append = (stream: string, commandId: string) => log.append(stream, 'none', [{ ...newEvent(), commandId }]);

  it('is chosen where the log is empty: under one secret for all who open it at the same time, which stays', async () => {
    const atOnce = await Promise.all(Array.from({ length: 5 }, id));
    expect(new Set(atOnce).size).toBe(1);
    expect(atOnce[0]).toMatch(UUID_8);
    await append('s-1', '01993d63-7b9c-7000-8000-000000000000');
    expect(await id()).toBe(atOnce[0]);
    expect(await idIn(openDerivedIdsToRead(url, log))).toBe(atOnce[0]);
  });

  it('is chosen by what the log held when it was opened, also when the key store answers later', async () => {
    mkdirSync(path.join(folder, 'keys.sqlite'));
    const source = await openDerivedIds(url, log);
    await append('s-1', '01993d63-7b9c-7000-8000-000000000000');
    await expect(source()).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
    rmdirSync(path.join(folder, 'keys.sqlite'));
    expect((await source()).kind).toBe('hmac');
  });

  it('stays plain where the log was written before there was a secret, and in a log that is to be the same everywhere', async () => {
    await append('s-1', plainIds.ofCommand('x'));
    expect(await id()).toBe(plainIds.ofForeignKey('a'));
    const demo = `sqlite:${path.join(folder, 'demo.sqlite')}`;
    await chooseDerivedIds(demo, 'plain');
    expect(await idIn(openDerivedIds(demo, memoryLog()))).toBe(plainIds.ofForeignKey('a'));
  });

  it('is that of an empty log where the log only says something of itself', async () => {
    await append(LOG_STREAM, '01993d63-7b9c-7000-8000-000000000000');
    expect(await id()).toMatch(UUID_8);
  });

  const lost = {
    name: 'DerivedIdsSecretLost',
    message: expect.stringMatching(/restore the key store.*letopis keys new-derivation --reason/),
  };

  it('is not guessed where the key store lost the secret: nothing would be known again', async () => {
    await append('s-1', idsUnder(Buffer.alloc(32, 1)).ofCommand('x'));
    await expect(id()).rejects.toMatchObject(lost);
    await expect(idIn(openDerivedIdsToRead(url, log))).rejects.toMatchObject(lost);
    const keys = openKeyStore(url);
    expect(await keys.findSecret('derived-ids')).toBeUndefined();
    await keys.close();
  });

  describe('and the log names it', () => {
    const name = async (derivedIds: Derivation) => {
      const data = { derivedIds };
      await appendOnce(log, INSTALLATION_STREAM, { definition: installationNamed, data, by: 'installation' });
    };
    const chosenNow = async () => {
      const named: Derivation[] = [];
      await openDerivedIds(url, log, ({ derivedIds }) => named.push(derivedIds));
      return named;
    };

    it('as what nobody can guess the secret from, once', async () => {
      await id();
      const [named, ...others] = await chosenNow();
      expect([named, others]).toEqual([{ kind: 'hmac', secret: expect.stringMatching(/^[0-9a-f]{64}$/) }, []]);
      await name(named!);
      expect(await chosenNow()).toEqual([]);
    });

    it('then no other secret will do and none is made, though nothing near the ends of the log was derived', async () => {
      await id();
      const [named] = await chosenNow();
      await name(named!);
      for (const keyStore of ['none', 'other']) {
        url = `sqlite:${path.join(folder, `${keyStore}.sqlite`)}`;
        if (keyStore === 'other') await chooseDerivedIds(url, { id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) });
        await expect(id()).rejects.toMatchObject(lost);
        await expect(idIn(openDerivedIdsToRead(url, log))).rejects.toMatchObject(lost);
      }
    });

    it('plain ids need no key store', async () => {
      await name({ kind: 'plain' });
      expect(await id()).toBe(plainIds.ofForeignKey('a'));
    });

    it('a new secret takes the place of a lost one by an event with a reason, and no other after it', async () => {
      const former = await id();
      await name((await chosenNow())[0]!);
      url = `sqlite:${path.join(folder, 'new.sqlite')}`;
      await newDerivation(url, log, 'disk lost');
      const made = await id();
      expect(made).toMatch(UUID_8);
      expect(made).not.toBe(former);
      expect([await id(), await idIn(openDerivedIdsToRead(url, log))]).toEqual([made, made]);
      url = `sqlite:${path.join(folder, 'keys.sqlite')}`;
      await expect(id()).rejects.toMatchObject(lost);
      const events = (await collect(log.readStream(INSTALLATION_STREAM))).map(({ data }) => data);
      expect(events).toMatchObject([{}, { derivedIds: { kind: 'hmac' }, reason: 'disk lost' }]);
    });
  });

  it('is not replaced while its secret is there, or where there is none that could be lost: the error says so, and nothing is recorded', async () => {
    await id();
    const notLost = (what: string) => ({ name: 'DerivedIdsNotLost', message: expect.stringContaining(what) });
    await expect(newDerivation(url, log, 'by mistake')).rejects.toMatchObject(notLost('the key store has the secret'));
    url = `sqlite:${path.join(folder, 'plain.sqlite')}`;
    await chooseDerivedIds(url, 'plain');
    await expect(newDerivation(url, log, 'by mistake')).rejects.toMatchObject(notLost('derived without a secret'));
    expect(await collect(log.readStream(INSTALLATION_STREAM))).toEqual([]);
  });

  it('is asked of the key store first: the log is not looked through where that knows', async () => {
    await id();
    const reads = jest.spyOn(log, 'readRaw');
    await id();
    expect(reads).not.toHaveBeenCalled();
  });

  it('is under a secret for this time only for one that leaves no trace', async () => {
    const [one, two] = [await idIn(openDerivedIdsToRead(url, undefined)), await idIn(openDerivedIdsToRead(url, log))];
    expect(one).not.toBe(two);
    expect(readdirSync(folder)).toEqual([]);
  });
});
