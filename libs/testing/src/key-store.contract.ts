import { formatApiKey, hashSecret, parseApiKey } from '#platform/identity/api-key.js';
import type { ApiKeyStore, NewApiKey, Secret } from '#platform/identity/key-store.js';

/** One empty engine for one test. */
export interface KeyStoreEngine {
  readonly store: ApiKeyStore;
  /** The same keys through a connection of its own. */
  readonly beside: () => ApiKeyStore;
  readonly dispose: () => Promise<void>;
}

const now = '2026-11-22T21:14:47.000Z';
const later = '2026-11-23T08:00:00.000Z';
const ada: NewApiKey = { role: 'curator', actorId: 'cur-1', name: 'Ada', now };
const nobody = '0'.repeat(16);

/** What every adapter of ApiKeyStore does. Runs in a spec file; one engine a test. */
export function keyStoreContract(name: string, open: () => Promise<KeyStoreEngine>): void {
  describe(`${name} keeps the ApiKeyStore contract`, () => {
    let engine: KeyStoreEngine;
    let store: ApiKeyStore;
    beforeEach(async () => {
      expect.hasAssertions();
      engine = await open();
      store = engine.store;
    });
    afterEach(() => engine.dispose());

    it('holds no key at first', async () => {
      expect([await store.list(), await store.find(nobody), await store.revoke(nobody, now)]).toEqual([[], undefined, false]);
    });

    it('finds a key by its id, with the hash of the secret that only its token holds', async () => {
      const { record, token } = await store.create(ada);
      expect(record).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), ...idless(ada), created: now, revoked: null });
      const parts = parseApiKey(token)!;
      expect(formatApiKey(parts)).toBe(token);
      expect(parts.id).toBe(record.id);
      expect(await store.find(record.id)).toEqual({ record, secretHash: hashSecret(parts.secret) });
      for (const other of [nobody, '', record.id.slice(1), `${record.id}0`, '$ne', token]) expect(await store.find(other)).toBeUndefined();
    });

    it('keeps every name as it was given', async () => {
      for (const given of ['', 'Ключ Анны', '{"$gt":""}', "'; DROP TABLE api_keys; --", '🔑'.repeat(200)]) {
        const { record } = await store.create({ ...ada, name: given });
        expect((await store.find(record.id))?.record.name).toBe(given);
      }
    });

    it('keeps the team of a key that has one', async () => {
      const { record } = await store.create({ ...ada, role: 'supervisor', team: 'Nord & Süd' });
      expect(record.team).toBe('Nord & Süd');
      const other = (await store.create(ada)).record;
      const found = await store.find(record.id);
      expect([found?.record, other.team, new Set((await store.list()).map(({ team }) => team))]).toEqual([
        record,
        undefined,
        new Set(['Nord & Süd', undefined]),
      ]);
    });

    it('takes two keys of one actor and one name for two', async () => {
      const [first, second] = [await store.create(ada), await store.create(ada)];
      expect(first.record.id).not.toBe(second.record.id);
      expect(first.token).not.toBe(second.token);
      await store.revoke(first.record.id, later);
      expect((await store.find(second.record.id))?.record.revoked).toBeNull();
    });

    it('lists all, the oldest first, revoked ones too', async () => {
      const younger = (await store.create({ ...ada, now: later })).record;
      const older = [(await store.create(ada)).record, (await store.create(ada)).record].sort((a, b) => (a.id < b.id ? -1 : 1));
      await store.revoke(younger.id, later);
      expect(await store.list()).toEqual([...older, { ...younger, revoked: later }]);
    });

    it('revokes for good, and keeps the first instant', async () => {
      const { record } = await store.create(ada);
      expect(await store.revoke(record.id, later)).toBe(true);
      expect(await store.revoke(record.id, '2030-01-01T00:00:00.000Z')).toBe(true);
      expect((await store.find(record.id))?.record).toEqual({ ...record, revoked: later });
    });

    it('lets one who has it open see at once what another has changed', async () => {
      const beside = engine.beside();
      expect(await beside.list()).toEqual([]);
      const { record } = await store.create(ada);
      expect((await beside.find(record.id))?.record).toEqual(record);
      expect(await beside.revoke(record.id, later)).toBe(true);
      expect((await store.find(record.id))?.record.revoked).toBe(later);
      const other = await beside.create(ada);
      expect((await store.list()).map(({ id }) => id).sort()).toEqual([record.id, other.record.id].sort());
      await beside.close();
    });

    it('answers everyone who asks at the same time with the own key', async () => {
      const made = await Promise.all(Array.from({ length: 20 }, (_, i) => store.create({ ...ada, actorId: `cur-${i}` })));
      const asked = [...made, ...made].flatMap(({ record }) => [record.id, nobody]);
      const found = await Promise.all(asked.map((id) => store.find(id)));
      expect(found.map((each) => each?.record.id)).toEqual(asked.map((id) => (id === nobody ? undefined : id)));
    });

    it('still has them when it is opened again', async () => {
      const { record } = await store.create(ada);
      await store.close();
      const again = engine.beside();
      expect(await again.list()).toEqual([record]);
      await again.close();
    });

    it('holds no secret at first, and keeps the first one of a name for ever', async () => {
      expect(await store.findSecret('some')).toBeUndefined();
      expect(await store.putSecret('some', secretOf(1))).toEqual(secretOf(1));
      expect(await store.putSecret('some', secretOf(2))).toEqual(secretOf(1));
      expect(await store.putSecret('other', secretOf(2))).toEqual(secretOf(2));
      expect([await store.findSecret('some'), await store.findSecret('other')]).toEqual([secretOf(1), secretOf(2)]);
    });

    it('gives all who make a secret of one name at the same time the same one', async () => {
      const beside = engine.beside();
      const made = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? store : beside).putSecret('some', secretOf(i))));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      expect(await beside.findSecret('some')).toEqual(made[0]);
      await beside.close();
    });

    it('still has a secret when it is opened again', async () => {
      await store.putSecret('some', secretOf(1));
      await store.close();
      const again = engine.beside();
      expect(await again.findSecret('some')).toEqual(secretOf(1));
      await again.close();
    });

    it('says that it cannot be used once it is closed, which may be done twice', async () => {
      const { record } = await store.create(ada);
      await store.close();
      await store.close();
      const calls = [
        () => store.find(record.id),
        () => store.list(),
        () => store.create(ada),
        () => store.revoke(record.id, now),
        () => store.findSecret('some'),
        () => store.putSecret('some', secretOf(1)),
      ];
      for (const each of calls) await expect(each()).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
    });
  });
}

const secretOf = (n: number): Secret => ({ id: `secret-${n}`, bytes: Buffer.alloc(32, n) });

const idless = ({ role, actorId, name }: NewApiKey) => ({ role, actorId, name });
