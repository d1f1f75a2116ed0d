import fc from 'fast-check';
import type { Secret } from '#platform';
import { createListCursors } from './list-cursors.js';

const storeOf = (secrets = new Map<string, Secret>()) => ({
  findSecret: async (name: string) => secrets.get(name),
  putSecret: async (name: string, secret: Secret) => secrets.set(name, secrets.get(name) ?? secret).get(name)!,
});
const again = { code: 'invalid-query', members: { errors: [{ pointer: 'cursor', detail: expect.stringContaining('start again') }] } };

describe('cursors of lists', () => {
  it('are opened by every process on the same store, and show nothing', async () => {
    const store = storeOf();
    const [one, other] = [createListCursors(store), createListCursors(store)];
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
        fc.string(),
        async (cursor, list) => {
          fc.pre(cursor.isWellFormed() && list.isWellFormed());
          const encrypted = await one.seal(list, cursor);
          expect(encrypted).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(Buffer.from(encrypted, 'base64url').length % 64).toBe(28);
          expect(await other.open(list, encrypted)).toBe(cursor);
          expect(await other.seal(list, cursor)).toBe(encrypted);
        },
      ),
    );
    const encrypted = await one.seal('customers', 'Brünnhilde Wälsung|01J');
    expect(Buffer.from(encrypted, 'base64url').toString()).not.toContain('Wälsung');
  });

  it('are rejected when they are changed, of another list, of another installation, or not encrypted', async () => {
    const cursors = createListCursors(storeOf());
    const encrypted = await cursors.seal('customers', 'Ann');
    const changed = `${encrypted.slice(0, -1)}${encrypted.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [changed, encrypted.slice(0, 40), `${encrypted}=`, '', 'x', 'WzEsIkFubiJd', '17'])
      await expect(cursors.open('customers', wrong)).rejects.toMatchObject(again);
    await expect(cursors.open('deals', encrypted)).rejects.toMatchObject(again);
    await expect(createListCursors(storeOf()).open('customers', encrypted)).rejects.toMatchObject(again);
  });

  it('ask the store again after it was away', async () => {
    const store = storeOf();
    let away = true;
    const cursors = createListCursors({
      ...store,
      findSecret: (name) => (away ? Promise.reject(new Error('away')) : store.findSecret(name)),
    });
    await expect(cursors.seal('customers', 'Ann')).rejects.toThrow('away');
    away = false;
    expect(await cursors.open('customers', await cursors.seal('customers', 'Ann'))).toBe('Ann');
  });
});
