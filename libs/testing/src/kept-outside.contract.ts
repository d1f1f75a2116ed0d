import type { KeptErasure, KeptOutside } from '#privacy';

/** One empty store for one test. */
export interface KeptOutsideEngine {
  /** A connection of its own to the same store. */
  readonly open: () => Promise<KeptOutside>;
  readonly dispose: () => Promise<void>;
}

const at = '2026-11-30T23:00:00.000Z';
const later = '2026-12-01T08:00:00.000Z';
const erased = (n: number | string, erasedAt = at): KeptErasure => ({ subject: `relationship-${n}`, erasedAt });

async function all(store: KeptOutside): Promise<KeptErasure[]> {
  const erasures: KeptErasure[] = [];
  for await (const some of store.erasures()) erasures.push(...some);
  return erasures.sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

/** What every adapter of KeptOutside does. Runs in a spec file; one store a test. */
export function keptOutsideContract(name: string, start: () => Promise<KeptOutsideEngine>): void {
  describe(`${name} keeps the KeptOutside contract`, () => {
    let engine: KeptOutsideEngine;
    let store: KeptOutside;
    let opened: KeptOutside[];
    const open = async () => {
      const made = await engine.open();
      opened.push(made);
      return made;
    };
    beforeEach(async () => {
      expect.hasAssertions();
      engine = await start();
      opened = [];
      store = await open();
    });
    afterEach(async () => {
      await Promise.all(opened.map((each) => each.close()));
      await engine.dispose();
    });

    it('holds nothing at first, and has an id that it keeps', async () => {
      expect(await all(store)).toEqual([]);
      expect(store.id).toMatch(/^[0-9a-f-]{36}$/);
      expect((await open()).id).toBe(store.id);
    });

    it('gives everything that was recorded to whoever opens it', async () => {
      await store.record([erased('ada'), erased('ben', later)]);
      await store.record([]);
      const beside = await open();
      await beside.record([erased('eve')]);
      for (const each of [store, beside, await open()])
        expect(await all(each)).toEqual([erased('ada'), erased('ben', later), erased('eve')]);
    });

    it('keeps the first instant of an erasure that is recorded again', async () => {
      await store.record([erased('ada')]);
      await (await open()).record([erased('ada', later), erased('ben'), erased('ben', later)]);
      expect(await all(store)).toEqual([erased('ada'), erased('ben')]);
    });

    it('loses nothing of those who record at the same time', async () => {
      const beside = await open();
      await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? store : beside).record([erased(100 + i), erased(200 + i)])));
      expect(await all(store)).toEqual(Array.from({ length: 200 }, (_, i) => erased(100 + i)));
      expect(await all(beside)).toEqual(await all(store));
    });

    it('takes many at a time', async () => {
      const many = Array.from({ length: 10_000 }, (_, i) => erased(10_000 + i));
      await store.record(many);
      expect(await all(await open())).toEqual(many);
    });

    it('says that it cannot be used once it is closed, which may be done twice', async () => {
      await store.close();
      await store.close();
      const unavailable = { name: 'KeptOutsideUnavailable' };
      await expect(store.record([erased('ada')])).rejects.toMatchObject(unavailable);
      await expect(all(store)).rejects.toMatchObject(unavailable);
    });
  });
}
