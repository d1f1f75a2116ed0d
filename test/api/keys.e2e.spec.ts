import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type Answer, nextOf, TestApi } from './test-api.js';

const lines: string[] = [];
const logger = pino(
  { level: 'trace' },
  new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  }),
);
let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await TestApi.start({}, logger);
  admin = await api.keyFor('admin');
});
afterAll(() => api.close());

const create = (body: unknown, key = admin) => api.post('/keys', body, { key });
const revoke = (keyId: string, key = admin) => api.get(`/keys/${keyId}`, { method: 'DELETE', key });
const list = async () => (await api.get('/keys', { key: admin })).body.keys as readonly { readonly keyId: string }[];

describe('API keys over HTTP', () => {
  it('are made for an admin, who sees the token once; then it works, and is in no list and no log', async () => {
    const { status, body, headers } = await create({ role: 'service', actorId: 'web-shop', name: 'orders' });
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(body).toEqual({
      keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
      role: 'service',
      actorId: 'web-shop',
      name: 'orders',
      created: expect.any(String),
      token: expect.stringMatching(/^letopis_/),
    });
    const { token, ...shown } = body;
    expect((await api.get('/customers', { key: token })).status).toBe(200);
    const all = await list();
    expect(all.at(-1)).toEqual({ ...shown, revoked: null });
    expect(JSON.stringify(all)).not.toContain(token.slice(-43));
    expect(lines.some((line) => line.includes('"route":"/keys"') && line.includes('"method":"POST"'))).toBe(true);
    expect(lines.join('')).not.toContain(token.slice(-43));
  });

  it('are rejected from the answer of their revocation on, also while they are being looked up, and for ever', async () => {
    const { body } = await create({ role: 'service', actorId: 'crm' });
    const asked = () => api.get('/customers', { key: body.token });
    expect((await asked()).status).toBe(200);
    const first = await revoke(body.keyId);
    expect([first.status, first.body]).toEqual([200, { ...body, token: undefined, revoked: expect.any(String) }].map(withoutToken));
    expect(await Promise.all(Array.from({ length: 20 }, async () => (await asked()).status))).toEqual(Array(20).fill(401));
    expect((await revoke(body.keyId)).body).toEqual(first.body);
    expect((await list()).find(({ keyId }) => keyId === body.keyId)).toEqual(first.body);
    expect((await revoke('0'.repeat(16))).body.type).toBe('/problems/not-found');
  });

  it('are for admins alone', async () => {
    for (const role of ['supervisor', 'curator', 'auditor', 'service', 'customer'] as const) {
      const key = await api.keyFor(role);
      const answers = [
        await create({ role: 'admin', actorId: 'x' }, key),
        await api.get('/keys', { key }),
        await revoke('0'.repeat(16), key),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    }
  });

  it('are not made for a curator by the word for no curator, by which none is registered either', async () => {
    const { status, body } = await create({ role: 'curator', actorId: 'none' });
    expect([status, body.errors.map(({ pointer }: { readonly pointer: string }) => pointer)]).toEqual([422, ['/actorId']]);
    expect((await create({ role: 'service', actorId: 'none' })).status).toBe(201);
    const bulk = await api.post('/commands', [{ name: 'register-curator', body: { curatorId: 'none' } }]);
    const registered = await api.post('/curators', { curatorId: 'none' });
    for (const { status, type } of [bulk.body.results[0].problem, registered.body])
      expect([status, type]).toEqual([422, '/problems/curator-id-reserved']);
    expect((await api.get('/curators/none')).status).toBe(404);
  });

  it('are not made for a curator who has left, but for one who is not registered yet, and for one who came back', async () => {
    expect((await create({ role: 'curator', actorId: 'to-come' })).status).toBe(201);
    await api.post('/curators', { curatorId: 'gone' });
    expect((await create({ role: 'curator', actorId: 'gone' })).status).toBe(201);
    await api.post('/curators/gone/depart', {});
    const { status, body } = await create({ role: 'curator', actorId: 'gone' });
    expect([status, body.type]).toEqual([409, '/problems/curator-departed']);
    expect((await create({ role: 'service', actorId: 'gone' })).status).toBe(201);
    await api.post('/curators', { curatorId: 'gone' });
    expect((await create({ role: 'curator', actorId: 'gone' })).status).toBe(201);
  });

  it('are made of a role, an opaque id and a name; all that is wrong is named', async () => {
    const { status, body } = await create({ role: 'king', actorId: 'nadia@example.org', name: 'x'.repeat(201), secret: 1 });
    expect([status, body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      422,
      ['/secret', '/role', '/actorId', '/name'],
    ]);
    for (const wrong of [[], 7, null, 'x']) expect((await create(wrong)).status).toBe(422);
  });

  it('are listed in pages', async () => {
    const all = await list();
    const paged = [];
    for (let next: string | undefined = '/keys?limit=2'; next !== undefined; ) {
      const page: Answer = await api.get(next, { key: admin });
      paged.push(...page.body.keys);
      next = nextOf(page, next);
    }
    expect(all.length).toBeGreaterThan(3);
    expect(paged).toEqual(all);
    expect((await api.get('/keys?cursor=nobody', { key: admin })).status).toBe(400);
  });
});

const withoutToken = (value: unknown) =>
  typeof value === 'object' ? (({ token: _, ...rest }) => rest)(value as { token?: unknown }) : value;
