import { randomBytes } from 'node:crypto';
import { type FoundKey, type MasterKey, type MasterKeys, masterKeyOf, masterKeysOf, type SubjectKeyStore } from '#privacy';

/** One empty engine for one test. */
export interface SubjectKeysEngine {
  /** A connection of its own to the same keys. */
  readonly open: (masterKeys: MasterKeys) => SubjectKeyStore;
  readonly dispose: () => Promise<void>;
}

const at = '2026-11-30T23:00:00.000Z';
const later = '2026-12-01T08:00:00.000Z';
const [ada, ben, eve] = ['relationship-ada', 'relationship-ben', 'curator-eve'] as const;
const newMasterKey = (): MasterKey => masterKeyOf(randomBytes(32));

/** Keys are compared by their id and bytes. */
const plain = (found: FoundKey | undefined) =>
  found?.kind === 'key' ? { id: found.key.id, bytes: found.key.key.export().toString('hex') } : found;
const plainly = (found: ReadonlyMap<string, FoundKey>) => Object.fromEntries([...found].map(([subject, each]) => [subject, plain(each)]));

/** What every adapter of SubjectKeyStore does. Runs in a spec file; one engine a test. */
export function subjectKeysContract(name: string, start: () => Promise<SubjectKeysEngine>): void {
  describe(`${name} keeps the SubjectKeyStore contract`, () => {
    const master = newMasterKey();
    let engine: SubjectKeysEngine;
    let store: SubjectKeyStore;
    let opened: SubjectKeyStore[];
    const open = (...keys: [MasterKey, ...MasterKey[]]) => {
      const made = engine.open(masterKeysOf(keys));
      opened.push(made);
      return made;
    };
    beforeEach(async () => {
      expect.hasAssertions();
      engine = await start();
      opened = [];
      store = open(master);
    });
    afterEach(async () => {
      await Promise.all(opened.map((each) => each.close()));
      await engine.dispose();
    });

    it('holds no key at first, and makes none by looking', async () => {
      expect((await store.find([ada, ben])).size).toBe(0);
      expect((await store.find([])).size).toBe(0);
      expect((await store.masterKeys()).size).toBe(0);
    });

    it('makes one key per subject, of 256 bits, and finds it ever after', async () => {
      const made = plainly(await store.ensure([ada, ben, ada]));
      expect(Object.keys(made).sort()).toEqual([ada, ben]);
      for (const key of Object.values(made))
        expect(key).toEqual({ id: expect.any(String), bytes: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(new Set(Object.values(made).map((key) => JSON.stringify(key))).size).toBe(2);
      expect(plainly(await store.find([ada, ben, eve]))).toEqual(made);
      expect(plainly(await store.ensure([ben, eve]))).toEqual({
        [ben]: made[ben],
        [eve]: expect.objectContaining({ id: expect.any(String) }),
      });
      expect(plainly(await open(master).find([ada, ben]))).toEqual(made);
    });

    it('keeps subjects apart, whatever their names are', async () => {
      const subjects = [
        'relationship-a',
        'relationship-A',
        'relationship-ä',
        'relationship-',
        "relationship-'; DROP TABLE keys; --",
        '$ne',
        '__proto__',
      ];
      const made = await store.ensure(subjects);
      expect([...made.keys()].sort()).toEqual([...subjects].sort());
      expect(new Set([...made.values()].map((found) => JSON.stringify(plain(found)))).size).toBe(subjects.length);
    });

    it('gives all who make a key for one subject at the same time the same one', async () => {
      const beside = open(master);
      const subjects = Array.from({ length: 50 }, (_, i) => `relationship-${i}`);
      const made = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? store : beside).ensure(subjects)));
      expect(new Set(made.map((each) => JSON.stringify(plainly(each)))).size).toBe(1);
      expect(made[0]!.size).toBe(50);
    });

    it('makes many keys at a time', async () => {
      const subjects = Array.from({ length: 10_000 }, (_, i) => `relationship-${i}`);
      const made = plainly(await store.ensure(subjects));
      expect(Object.keys(made)).toHaveLength(10_000);
      expect(plainly(await store.find(subjects))).toEqual(made);
      expect(await store.masterKeys()).toEqual(new Map([[master.id, 10_000]]));
    });

    it('erases for good, also a subject that never had a key, and keeps the first instant', async () => {
      await store.ensure([ada, ben]);
      await store.erase([ada, eve, ada], at);
      const erased = { kind: 'erased', at };
      const beside = open(master);
      await beside.erase([ada], later);
      for (const each of [store, beside]) {
        expect(plainly(await each.find([ada, eve]))).toEqual({ [ada]: erased, [eve]: erased });
        expect(plainly(await each.ensure([ada, eve]))).toEqual({ [ada]: erased, [eve]: erased });
      }
      expect((await store.find([ben])).get(ben)).toMatchObject({ kind: 'key' });
      expect(await store.masterKeys()).toEqual(new Map([[master.id, 1]]));
      await store.erase([], later);
    });

    it('lets either of one who makes and one who erases at the same time come first, and ends erased', async () => {
      const beside = open(master);
      const subjects = Array.from({ length: 20 }, (_, i) => `relationship-${i}`);
      await Promise.all(subjects.flatMap((subject) => [store.ensure([subject]), beside.erase([subject], at)]));
      const erased = { kind: 'erased', at };
      expect(plainly(await store.find(subjects))).toEqual(Object.fromEntries(subjects.map((subject) => [subject, erased])));
    });

    it('wraps the same keys by another master key, in batches, while others go on', async () => {
      const subjects = Array.from({ length: 25 }, (_, i) => `relationship-${i}`);
      const made = plainly(await store.ensure(subjects));
      const next = newMasterKey();
      const [rotating, still] = [open(next, master), open(master, next)];
      expect(await rotating.rewrap(10)).toBe(10);
      expect(await rotating.masterKeys()).toEqual(
        new Map([
          [master.id, 15],
          [next.id, 10],
        ]),
      ); // prettier-ignore
      expect(plainly(await still.find(subjects))).toEqual(made);
      await still.erase([subjects[0]!, subjects[24]!], at);
      while ((await rotating.rewrap(10)) > 0);
      expect(await rotating.masterKeys()).toEqual(new Map([[next.id, 23]]));
      expect(plainly(await open(next).find(subjects.slice(1, -1)))).toEqual(plainly(await still.find(subjects.slice(1, -1))));
      expect(plainly(await open(next).find([subjects[1]!]))[subjects[1]!]).toEqual(made[subjects[1]!]);
    });

    it('names the master key that is missing, beside the keys of others', async () => {
      await store.ensure([ada]);
      const other = open(newMasterKey());
      const missing = { name: 'MasterKeyMissing', masterKeyId: master.id, message: expect.stringContaining(master.id) };
      const unavailable = { name: 'SubjectKeysUnavailable', message: missing.message };
      expect((await other.find([ada])).get(ada)).toEqual({ kind: 'unavailable', error: expect.objectContaining(unavailable) });
      expect(Object.fromEntries(await other.ensure([ada, ben]))).toMatchObject({ [ada]: { kind: 'unavailable' }, [ben]: { kind: 'key' } });
      await expect(other.rewrap(10)).rejects.toMatchObject(missing);
      await expect(other.assertMasterKeys()).rejects.toMatchObject(missing);
      await other.erase([ada], at);
      expect((await other.find([ada])).get(ada)).toEqual({ kind: 'erased', at });
    });

    it('belongs to the master key that came first, also while it holds no key, until all keys are wrapped by another', async () => {
      const next = newMasterKey();
      await store.assertMasterKeys();
      await expect(open(next).assertMasterKeys()).rejects.toMatchObject({ name: 'MasterKeyMissing', masterKeyId: master.id });
      await store.ensure([ada]);
      const rotating = open(next, master);
      await rotating.assertMasterKeys();
      while ((await rotating.rewrap(10)) > 0);
      await open(next).assertMasterKeys();
      await expect(store.assertMasterKeys()).rejects.toMatchObject({ name: 'MasterKeyMissing', masterKeyId: next.id });
    });

    it('has one id, random or given once, for all who open it', async () => {
      expect(await store.id()).toBeUndefined();
      const made = await Promise.all(Array.from({ length: 3 }, () => open(master).ensureId()));
      expect(new Set(made).size).toBe(1);
      expect(made[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect([await store.id(), await store.ensureId('another')]).toEqual([made[0], made[0]]);
    });

    it('keeps the id of what is kept outside, and takes another one only in place of the one that was known', async () => {
      expect(await store.keptOutside()).toBeUndefined();
      const named = await Promise.all(['a', 'b', 'c'].map((id) => open(master).nameKeptOutside(id, undefined)));
      expect(new Set(named).size).toBe(1);
      expect(await store.keptOutside()).toBe(named[0]);
      expect(await store.nameKeptOutside('d', 'nothing')).toBe(named[0]);
      expect(await store.nameKeptOutside('d', named[0])).toBe('d');
      expect(await open(master).keptOutside()).toBe('d');
    });

    it('says that it cannot be used once it is closed, which may be done twice', async () => {
      await store.close();
      await store.close();
      const calls = [
        () => store.find([ada]),
        () => store.ensure([ada]),
        () => store.erase([ada], at),
        () => store.rewrap(1),
        () => store.masterKeys(),
        () => store.assertMasterKeys(),
        () => store.id(),
        () => store.ensureId(),
        () => store.keptOutside(),
        () => store.nameKeptOutside('a', undefined),
      ];
      for (const each of calls) await expect(each()).rejects.toMatchObject({ name: 'SubjectKeysUnavailable' });
    });
  });
}
