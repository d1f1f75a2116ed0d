import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { addMasterKey, createKeptOutside, type SubjectKeyStore } from '#privacy';
import { openSubjectKeyStore, type SubjectKeysConfiguration } from './open-subject-keys.js';

const ada = 'relationship-ada';
const hex = (digit: string) => digit.repeat(64);

describe('the store of subject keys of a data folder', () => {
  let folder: string;
  let embedded: SubjectKeysConfiguration;
  const opened: SubjectKeyStore[] = [];
  const open = async (more: Partial<SubjectKeysConfiguration> = {}, onMade?: (file: string) => void) => {
    const store = await openSubjectKeyStore({ ...embedded, ...more }, onMade);
    opened.push(store);
    return store;
  };
  const idOf = async (store: SubjectKeyStore) => {
    const found = (await store.ensure([ada])).get(ada);
    return found?.kind === 'key' ? found.key.id : found?.kind;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-master-key-'));
    embedded = {
      url: `sqlite:${folder}/data/subject-keys.sqlite`,
      masterKeyFile: path.join(folder, 'data', 'master.key'),
      keptOutsideUrl: `file:${folder}/data.keep`,
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  it('makes a master key at the first start, for its owner alone, says so once, and needs it ever after', async () => {
    const made: string[] = [];
    const id = await idOf(await open({}, (file) => made.push(file)));
    expect(made).toEqual([embedded.masterKeyFile]);
    expect(statSync(embedded.masterKeyFile).mode & 0o777).toBe(0o600);
    expect(await idOf(await open({}, (file) => made.push(file)))).toBe(id);
    expect(made).toHaveLength(1);
  });

  it('makes one for all who start at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    expect(new Set(await Promise.all(stores.map(idOf))).size).toBe(1);
  });

  it('never makes a new one for a store that belongs to another, and says which is missing and where it was', async () => {
    const store = await open();
    const masterKeyId = await store.masterKeyId();
    rmSync(embedded.masterKeyFile);
    const message = expect.stringMatching(new RegExp(`master key ${masterKeyId} is missing: .*master\\.key does not exist`));
    await expect(open()).rejects.toMatchObject({ name: 'MasterKeyMissing', masterKeyId, message });
    expect(existsSync(embedded.masterKeyFile)).toBe(false);
    await expect(open({ masterKey: hex('a') })).rejects.toMatchObject({ name: 'MasterKeyMissing', masterKeyId });
  });

  it('takes the key from a file that was moved, from the environment or from a command', async () => {
    const id = await idOf(await open());
    const key = readFileSync(embedded.masterKeyFile, 'utf8').trim();
    const moved = path.join(folder, 'elsewhere.key');
    writeFileSync(moved, `${key}\n`);
    rmSync(embedded.masterKeyFile);
    const base64 = Buffer.from(key, 'hex').toString('base64');
    for (const masterKey of [`file:${moved}`, key, key.toUpperCase(), base64, `command:cat ${moved} | tr a-f A-F`])
      expect(await idOf(await open({ masterKey }))).toBe(id);
    expect(existsSync(embedded.masterKeyFile)).toBe(false);
    expect(await idOf(await open({ masterKey: hex('b'), formerMasterKeys: `${hex('c')},${key}` }))).toBe(id);
  });

  it.each([
    ['file:/nowhere/master.key', /master key file \/nowhere\/master.key cannot be read: ENOENT/],
    ['command:echo denied >&2; exit 3', /command ended with exit code 3: denied/],
    ['command:kill -9 $$', /command ended with SIGKILL/],
    ['command:true', /output of the master key command is empty/],
    [
      'command:echo secret',
      /output of the master key command must be 32 bytes in hex \(64 digits\) or base64 \(44 characters\), not 6 characters/,
    ],
    [hex('a').slice(1), /value of the master key must be 32 bytes.*, not 63 characters/],
  ])('says what is wrong with %s, and never what it gave', async (masterKey, message) => {
    const failure = await open({ masterKey }).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'MasterKeyUnavailable', message: expect.stringMatching(message) });
    expect((failure as Error).message).not.toContain('secret');
    expect((failure as Error).message).not.toContain('aaaa');
  });

  it('goes on in a process that runs while the keys are wrapped by a new master key of the file', async () => {
    const running = await open();
    const id = await idOf(running);
    const former = await running.masterKeyId();
    addMasterKey(embedded.masterKeyFile);
    expect(statSync(embedded.masterKeyFile).mode & 0o777).toBe(0o600);
    const rotating = await open();
    while ((await rotating.rewrap(1)) > 0);
    expect(await rotating.masterKeyId()).not.toBe(former);
    // It has just read the source, and asks it again only after a while; nothing is lost until then.
    const kinds = async () => [...(await running.find([ada])).values()].map(({ kind }) => kind);
    const present = readFileSync(embedded.masterKeyFile, 'utf8');
    const clock = jest.spyOn(performance, 'now');
    const later = (ms: number) => clock.mockReturnValue(performance.now() + ms);
    later(0);
    expect(await kinds()).toEqual(['unavailable']);
    for (const replaced of ['', present.slice(0, 20)]) {
      writeFileSync(embedded.masterKeyFile, replaced);
      later(2_000);
      expect(await kinds()).toEqual(['unavailable']);
    }
    writeFileSync(embedded.masterKeyFile, present);
    expect(await kinds()).toEqual(['unavailable']);
    later(2_000);
    expect(await idOf(running)).toBe(id);
    clock.mockRestore();
  });

  it('asks a command for the master key that is missing once for all who need it, while others go on', async () => {
    const store = await open({ masterKey: hex('a') });
    await idOf(store);
    await store.close();
    const asked = path.join(folder, 'asked');
    const running = await open({ masterKey: `command:echo x >> ${asked}; [ -e ${folder}/there ] && echo ${hex('c')}; echo ${hex('a')}` });
    const other = await open({ masterKey: hex('c'), formerMasterKeys: hex('a') });
    await other.ensure(['relationship-ben', 'relationship-eve']);
    await other.rewrap(10);
    const before = readFileSync(asked, 'utf8').length;
    writeFileSync(path.join(folder, 'there'), '');
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000);
    const found = await Promise.all(['relationship-ben', 'relationship-eve', ada].map((subject) => running.find([subject])));
    clock.mockRestore();
    expect(found.flatMap((each) => [...each.values()]).map(({ kind }) => kind)).toEqual(['key', 'key', 'key']);
    expect(readFileSync(asked, 'utf8').length - before).toBe(2);
  });

  it('destroys the keys of all who were erased before it gives one, and needs the store that holds them', async () => {
    const store = await open();
    await store.ensure([ada, 'relationship-ben']);
    const kept = await createKeptOutside(embedded.keptOutsideUrl);
    await store.nameKeptOutside(kept.id, undefined);
    await kept.record([{ subject: ada, erasedAt: '2026-11-30T23:00:00.000Z' }]);
    const found = await (await open()).find([ada, 'relationship-ben']);
    expect([...found.values()].map(({ kind }) => kind)).toEqual(['erased', 'key']);
    rmSync(`${folder}/data.keep`, { recursive: true });
    await expect(open()).rejects.toMatchObject({ name: 'KeptOutsideMissing', message: expect.stringContaining(kept.id) });
  });
});
