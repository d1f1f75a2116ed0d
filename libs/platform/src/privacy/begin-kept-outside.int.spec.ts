import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { delegating, type EventLog, installationOf, openEventLog } from '#event-log';
import {
  createKeptOutside,
  masterKeyOf,
  masterKeysOf,
  newMemoryRows,
  openKeptOutside,
  openMemorySubjectKeys,
  type SubjectKeyStore,
} from '#privacy';
import { newEvent } from '#testing';
import { eventCatalogue } from '../events/current-events.js';
import { beginKeptOutside, initKeptOutside, readKeptOutside } from './begin-kept-outside.js';

const at = '2026-11-30T23:00:00.000Z';
const [ada, ben] = ['relationship-ada', 'relationship-ben'] as const;

describe('what is kept outside, when a program that writes starts', () => {
  let folder: string;
  let url: string;
  let log: EventLog;
  let keys: SubjectKeyStore;
  const masterKeys = masterKeysOf([masterKeyOf(randomBytes(32))]);
  const openLog = () => openEventLog('memory:', { registry: eventCatalogue });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-begin-'));
    url = `file:${path.join(folder, 'data.keep')}`;
    log = await openLog();
    keys = openMemorySubjectKeys(newMemoryRows(), masterKeys);
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  const typesOf = async (stream: string, of = log) => {
    const types: string[] = [];
    for await (const batch of of.readStream(stream)) types.push(...batch.map(({ type }) => type));
    return types;
  };
  const begin = async (more: Partial<{ log: EventLog; keys: SubjectKeyStore; url: string }> = {}) => {
    const store = await beginKeptOutside({ log, keys, url, ...more });
    await store.close();
    return store.id;
  };
  const registered = () => newEvent({ type: 'customer-registered', data: { kind: 'person' } });
  const eraseNobody = async (where = url) => {
    const store = await createKeptOutside(where);
    await store.record([{ subject: 'relationship-nobody', erasedAt: at }]);
    await store.close();
  };
  const loseStore = () => renameSync(path.join(folder, 'data.keep'), path.join(folder, 'lost'));

  it('is made where nothing names one, and named by the key store at once, by the log once it holds an erasure', async () => {
    const id = await begin();
    // Nothing to lose yet: the log stays as it is.
    expect([(await installationOf(log)).keptOutside, await keys.keptOutside()]).toEqual([undefined, id]);
    await eraseNobody();
    for (let start = 0; start < 2; start++) expect(await begin()).toBe(id);
    expect((await installationOf(log)).keptOutside).toBe(id);
    expect(await typesOf('installation')).toEqual(['kept-outside-begun']);
  });

  it('is one for all who start at the same time', async () => {
    await eraseNobody();
    expect(new Set(await Promise.all(Array.from({ length: 5 }, () => begin()))).size).toBe(1);
    expect(await typesOf('installation')).toEqual(['kept-outside-begun']);
  });

  it('is found by who starts while another makes it', async () => {
    const keptOutside = async () => {
      await begin();
      return keys.keptOutside();
    };
    expect(await begin({ keys: { ...keys, keptOutside } })).toBe(await keys.keptOutside());
  });

  it('lets one of two begin that have different stores on one log, and names the command to the other', async () => {
    const other = `file:${folder}/other.keep`;
    await eraseNobody();
    await eraseNobody(other);
    const outcomes = await Promise.allSettled([begin(), begin({ url: other, keys: openMemorySubjectKeys() })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'KeptOutsideMissing' } });
  });

  it.each(['log', 'key store'] as const)('stops the start where it is missing or another one, although the %s names it', async (owner) => {
    await eraseNobody();
    const id = await begin();
    const [otherLog, otherKeys] = [await openLog(), openMemorySubjectKeys()];
    const parts = owner === 'log' ? { keys: otherKeys } : { log: otherLog };
    loseStore();
    const missing = new RegExp(`the ${owner} belongs to the store ${id}, which does not exist; .*letopis kept-outside init --reason`);
    await expect(begin(parts)).rejects.toMatchObject({ name: 'KeptOutsideMissing', message: expect.stringMatching(missing) });
    expect(await openKeptOutside(url)).toBeUndefined();
    const other = await createKeptOutside(url);
    const another = new RegExp(`the ${owner} belongs to the store ${id}, but this is the store ${other.id}`);
    await expect(begin(parts)).rejects.toMatchObject({ name: 'KeptOutsideMissing', message: expect.stringMatching(another) });
  });

  it('erases in a log that was restored who was erased since, once, and nobody whom it never had', async () => {
    await log.append(ada, 'none', [registered()]);
    await log.append(ben, 'none', [registered()]);
    await begin();
    const store = (await openKeptOutside(url))!;
    await store.record([
      { subject: ada, erasedAt: at },
      { subject: 'relationship-nobody', erasedAt: at },
    ]); // prettier-ignore
    for (let start = 0; start < 2; start++) await begin();
    expect(await typesOf(ada)).toEqual(['customer-registered', 'customer-erased']);
    expect(await typesOf(ben)).toEqual(['customer-registered']);
    expect(await typesOf('relationship-nobody')).toEqual([]);
    expect((await readKeptOutside(url)).erasures).toEqual(
      new Map([
        [ada, at],
        ['relationship-nobody', at],
      ]),
    ); // prettier-ignore
  });

  describe('where the process of an erasure certified that it was recorded there', () => {
    const certify = (customerId: string, outcome: 'recorded' | 'nothing') => {
      const places = [{ place: 'kept-outside', outcome, detail: 'x' }];
      const certificate = { version: 1, customerId, code: 'unstated', erasedAt: at, issuedAt: at, places };
      return log.append(`process-erasure-${customerId}`, 'none', [newEvent({ type: 'erasure-certified', data: { certificate } })]);
    };
    const lacks = (what: string) => ({
      name: 'KeptOutsideMissing',
      message: expect.stringMatching(new RegExp(`lacks ${what}, .*letopis kept-outside init --reason`)),
    });

    it('stops the start where it lacks that erasure, and changes nothing', async () => {
      await eraseNobody();
      await certify('ada', 'recorded');
      await expect(begin()).rejects.toMatchObject(lacks('the erasure of relationship-ada'));
      await certify('ben', 'recorded');
      await expect(begin()).rejects.toMatchObject(lacks('2 erasures, among them that of relationship-ada'));
      expect([(await installationOf(log)).keptOutside, await keys.keptOutside()]).toEqual([undefined, undefined]);
    });

    it('is not created again', async () => {
      await certify('ada', 'recorded');
      await expect(begin()).rejects.toMatchObject(lacks('the erasure of relationship-ada'));
      expect(await openKeptOutside(url)).toBeUndefined();
    });

    it('starts with it, and again once an operator has recorded the erasures of the log there', async () => {
      await log.append(ada, 'none', [registered(), newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' } })]);
      await certify('ada', 'recorded');
      await expect(begin()).rejects.toMatchObject({ name: 'KeptOutsideMissing' });
      const { id } = await initKeptOutside({ log, keys, url }, 'An older state was restored.');
      const read: string[] = [];
      const readStream: EventLog['readStream'] = (stream, options) => {
        read.push(stream);
        return log.readStream(stream, options);
      };
      for (let start = 0; start < 2; start++) expect(await begin({ log: delegating(log, { readStream }) })).toBe(id);
      // However many were erased, a start reads no stream of theirs.
      expect(read.filter((stream) => stream.startsWith('relationship-'))).toEqual([]);
    });

    it('starts without those that were certified while there was no store, or were not certified yet', async () => {
      await certify('ada', 'nothing');
      await log.append(ben, 'none', [registered(), newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' } })]);
      const id = await begin();
      expect(await keys.keptOutside()).toBe(id);
    });
  });

  it('is made again by an operator with the erasures of the log, and that is recorded', async () => {
    const former = await begin();
    await log.append(ada, 'none', [
      registered(),
      newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' }, occurredAt: at }),
    ]);
    loseStore();
    const { id, erasures } = await initKeptOutside({ log, keys, url }, 'The disk was lost.');
    expect(erasures).toBe(1);
    expect(id).not.toBe(former);
    expect([...(await readKeptOutside(url)).erasures]).toEqual([[ada, at]]);
    expect(await begin()).toBe(id);
    for await (const [last] of log.readStream('installation', { direction: 'backwards', limit: 1 }))
      expect(last).toMatchObject({ type: 'kept-outside-begun', data: { id, reason: 'The disk was lost.' } });
  });
});
