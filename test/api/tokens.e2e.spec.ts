import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '#testing/token-issuer.js';
import { openFeed } from './event-source.js';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  api = await TestApi.start({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'letopis', OIDC_ROLES: 'crm-leads=supervisor,crm-sales=curator' });
});
afterAll(async () => {
  await api.close();
  await issuer.goAway();
});
const seconds = (from: number) => Math.floor(Date.now() / 1_000) + from;
const leads = (claims = {}) => issuer.token({ roles: ['crm-leads'], ...claims });
const sales = (sub: string, claims = {}) => issuer.token({ sub, roles: ['crm-sales'], ...claims });

describe('a token of the issuer', () => {
  it('opens what a key of its role opens, and no more', async () => {
    const mine = await api.register('cur-token');
    const other = await api.register('cur-else');
    const key = await sales('cur-token');
    expect((await api.post(`/customers/${mine}/contacts`, inbound, { key })).status).toBe(201);
    expect((await api.post(`/customers/${other}/contacts`, inbound, { key })).status).toBe(404);
    expect((await api.get(`/customers/${mine}/events`, { key })).body.events.at(-1).actor).toEqual({ kind: 'curator', id: 'cur-token' });
    expect((await api.get(`/customers/${other}`, { key })).status).toBe(404);
    expect((await api.get('/events', { key })).status).toBe(403);
    expect((await api.get('/events', { key: await leads() })).status).toBe(200);
  });

  it('is rejected with 401 and with what is wrong, in the problem and in WWW-Authenticate', async () => {
    const ask = async (key: string) => {
      const { status, body, headers } = await api.get('/customers', { key });
      return { status, type: body.type, detail: body.detail, challenge: headers.get('www-authenticate') };
    };
    const rejected = (detail: string) => ({
      status: 401,
      type: '/problems/not-authenticated',
      detail,
      challenge: `Bearer realm="letopis", error="invalid_token", error_description="${detail}"`,
    });
    expect(await ask(await leads({ exp: seconds(-60) }))).toEqual(rejected('The token has expired; sign in again.'));
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await leads()).split('.')[1]}.`;
    expect((await ask(none)).detail).toMatch(/^The token must be signed with one of/);
    expect(await ask(await leads({ pad: 'x'.repeat(9_000) }))).toEqual(rejected('The token is longer than 8192 characters.'));
    const { headers } = await api.get('/customers', { key: undefined as never });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="letopis"');
  });

  it('repeats commands of the same idempotency key under every token of its subject', async () => {
    const customerId = await api.register();
    const headers = { 'idempotency-key': 'tokens-1' };
    const once = await api.post(`/customers/${customerId}/contacts`, inbound, { key: await leads({ iat: seconds(-9) }), headers });
    const again = await api.post(`/customers/${customerId}/contacts`, inbound, { key: await leads(), headers });
    expect([once.body.replayed, again.body.replayed, again.body.events]).toEqual([false, true, once.body.events]);
  });

  it('of a curator is not good any more when the curator has left, except one that was issued after a return', async () => {
    await api.post('/curators', { curatorId: 'cur-gone' });
    const key = await sales('cur-gone', { iat: seconds(-5) });
    expect((await api.get('/customers', { key })).status).toBe(200);
    expect((await api.post('/curators/cur-gone/depart', {})).status).toBe(200);
    expect((await api.get('/customers', { key })).status).toBe(401);
    expect((await api.get('/customers', { key: await sales('cur-gone') })).status).toBe(401);
  });

  it('ends a live feed when it expires', async () => {
    const key = await leads({ exp: seconds(-27) });
    const feed = await openFeed(`${api.running.url}/events/stream`, key);
    expect(await feed.take(1)).toHaveLength(1);
    await feed.ended;
    expect((await api.get('/customers', { key })).status).toBe(401);
  });

  it('is answered 503, not 401, where the issuer is away and its key is not known; others go on', async () => {
    const good = await leads();
    expect((await api.get('/customers', { key: good })).status).toBe(200);
    await issuer.goAway();
    await issuer.rotate();
    const { status, body, headers } = await api.get('/customers', { key: await leads() });
    expect([status, body.type, headers.get('retry-after')]).toEqual([503, '/problems/token-keys-unavailable', '2']);
    expect((await api.get('/customers', { key: good })).status).toBe(200);
    expect((await api.get('/customers')).status).toBe(200);
    await issuer.comeBack();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await api.get('/customers', { key: await leads() })).status).toBe(200);
  });

  it('of a supervisor that names no team stops being good once teams are in use, also one that was good a moment ago', async () => {
    const key = await leads();
    const all = await leads({ team: '*' });
    for (const good of [key, all]) expect((await api.get('/events', { key: good })).status).toBe(200);
    await api.post('/curators', { curatorId: 'cur-north', team: 'north' });
    const { status, body } = await api.get('/events', { key });
    expect([status, body.detail]).toEqual([401, expect.stringContaining('must have the claim team (OIDC_TEAM_CLAIM)')]);
    expect((await api.get('/events', { key: all })).status).toBe(200);
    expect((await api.get('/events', { key: await leads({ team: 'north' }) })).status).toBe(403);
  });
});
