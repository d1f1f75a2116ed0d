import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

describe('identity', () => {
  it('answers 401 without a key, with a malformed one and with a well-formed stranger, whether the address exists or not', async () => {
    const stranger = `letopis_${'0'.repeat(16)}_${'A'.repeat(43)}`;
    for (const headers of [
      { accept: '*/*' },
      { authorization: 'Bearer nonsense' },
      { authorization: 'Basic abc' },
      { authorization: `Bearer ${stranger}` },
    ] as Record<string, string>[])
      for (const address of ['/customers', '/nowhere', '/metrics', '/events/stream']) {
        const { status, body, headers: answered } = await api.get(address, { key: undefined as never, headers });
        expect({ address, status, type: body.type }).toEqual({ address, status: 401, type: '/problems/not-authenticated' });
        expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
      }
  });

  it('does not read a key from the URL', async () => {
    expect((await api.get(`/customers?access_token=${api.key}`, { key: undefined as never })).status).toBe(401);
  });

  it('lets a revoked key go within a second', async () => {
    const key = await api.keyFor('service');
    expect((await api.get('/customers', { key })).status).toBe(200);
    const id = key.split('_')[1] as string;
    await api.running.services.keys.revoke(id, new Date().toISOString());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await api.get('/customers', { key })).status).toBe(401);
  });

  it('answers 403 to a role that an operation is not open to', async () => {
    const customerId = await api.register();
    expect((await api.post('/customers', { kind: 'person' }, { key: await api.keyFor('auditor') })).body.type).toBe(
      '/problems/not-allowed',
    );
    expect((await api.post(`/customers/${customerId}/curator`, { curatorId: 'x' }, { key: await api.keyFor('curator') })).status).toBe(403);
    expect((await api.get('/events', { key: await api.keyFor('curator') })).status).toBe(403);
    expect((await api.get('/views/funnel', { key: await api.keyFor('customer') })).status).toBe(403);
  });

  it('lets an auditor read everything', async () => {
    const key = await api.keyFor('auditor');
    const customerId = await api.register();
    for (const address of [`/customers/${customerId}/events`, '/events', '/views/funnel', '/curators', '/policies/ladder', '/metrics'])
      expect((await api.get(address, { key })).status).toBe(200);
  });

  it('records who acts by the role of the key, and an import only for services and admins', async () => {
    const customerId = await api.register();
    const actors: string[] = [];
    const record = async (key: string, headers = {}) => {
      const { status } = await api.post(`/customers/${customerId}/contacts`, inbound, { key, headers });
      const { body } = await api.get(`/customers/${customerId}/events`);
      const { kind, id } = body.events.at(-1).actor;
      if (status === 201) actors.push(`${kind}:${id}`);
      return status;
    };
    await record(await api.keyFor('service', 'mailbox'));
    await record(await api.keyFor('admin', 'root-1'));
    await record(await api.keyFor('service', 'mailbox'), { 'letopis-actor': 'import:crm-2026' });
    expect(actors).toEqual(['service:mailbox', 'supervisor:root-1', 'import:crm-2026']);
    expect(await record(api.key, { 'letopis-actor': 'import:crm-2026' })).toBe(403);
    expect(await record(await api.keyFor('service'), { 'letopis-actor': 'curator:boss' })).toBe(400);
  });
});

describe('scope', () => {
  it('answers a curator 404 outside the own portfolio, for reading, writing, feeds and bulk alike', async () => {
    const mine = await api.register('cur-mine');
    const other = await api.register('cur-other');
    const key = await api.keyFor('curator', 'cur-mine');
    for (const address of ['', '/timeline', '/churn', '/events', '/timeline/stream'])
      expect((await api.get(`/customers/${other}${address}`, { key })).body.type).toBe('/problems/not-found');
    expect((await api.get(`/customers/${mine}/events`, { key })).status).toBe(200);
    expect((await api.post(`/customers/${other}/contacts`, inbound, { key })).status).toBe(404);
    expect((await api.post(`/customers/${mine}/contacts`, inbound, { key })).status).toBe(201);
    const { body } = await api.post('/commands', [{ name: 'record-contact', customerId: other, body: inbound }], { key });
    expect(body.results[0].status).toBe(404);
    expect((await api.get('/views/desk?curatorId=cur-other', { key })).status).toBe(404);
  });

  it('lists to a curator the own portfolio only, and answers 404 where that of another is asked for', async () => {
    const mine = await api.register('cur-list');
    await api.register('cur-other');
    const { body: last } = await api.post(`/customers/${mine}/contacts`, inbound);
    const key = await api.keyFor('curator', 'cur-list');
    const { body } = await api.get('/customers', { key, headers: { 'min-position': last.position } });
    expect(body.customers.map(({ customerId }: { customerId: string }) => customerId)).toEqual([mine]);
    for (const list of ['/customers', '/views/deals', '/views/churn/customers', '/views/desk']) {
      const of = async (curatorId: string) => (await api.get(`${list}?curatorId=${curatorId}`, { key })).status;
      expect({ list, other: await of('cur-other'), own: await of('cur-list') }).toEqual({ list, other: 404, own: 200 });
    }
  });

  it('lists to a curator of an earlier day only who is in the own portfolio now', async () => {
    const [kept, lost] = [await api.register('cur-day'), await api.register('cur-day')];
    const asOf = new Date().toISOString();
    const promise = { text: 'Send the contract', dueAt: `${asOf.slice(0, 10)}T23:59:59.999Z`, occurredAt: asOf };
    for (const customerId of [kept, lost])
      expect((await api.post(`/customers/${customerId}/promises`, promise)).body.errors ?? 'made').toBe('made');
    await api.post('/curators', { curatorId: 'cur-night' });
    const { body: last } = await api.post(`/customers/${lost}/curator`, { curatorId: 'cur-night' });
    const seen = async (address: string, member: (body: never) => readonly { readonly customerId: string }[], key: string) => {
      const { body } = await api.get(`${address}?curatorId=cur-day&asOf=${asOf}`, { key, headers: { 'min-position': last.position } });
      return member(body as never).map(({ customerId }) => customerId);
    };
    type Desk = { readonly plan: []; readonly portfolio: { readonly customers: [] } };
    const key = await api.keyFor('curator', 'cur-day');
    for (const [asker, customers] of [
      [key, [kept]],
      [api.key, [kept, lost]],
    ] as const) {
      const all = expect.arrayContaining([...customers]);
      const found = {
        churn: await seen('/views/churn/customers', (body: { customers: [] }) => body.customers, asker),
        plan: await seen('/views/desk', (body: Desk) => body.plan, asker),
        portfolio: await seen('/views/desk', (body: Desk) => body.portfolio.customers, asker),
      };
      expect(found).toEqual({ churn: all, plan: all, portfolio: all });
      for (const list of Object.values(found)) expect(list).toHaveLength(customers.length);
    }
  });

  it('lists the deals of a customer to the curator who has the customer, and no longer to the one who had it', async () => {
    const customerId = await api.register('cur-before');
    const { body: deal } = await api.post(`/customers/${customerId}/deals`, { curatorId: 'cur-before' });
    await api.post('/curators', { curatorId: 'cur-after' });
    const { body: last } = await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-after' });
    const listed = async (curatorId: string, query = '') => {
      const key = await api.keyFor('curator', curatorId);
      const { body } = await api.get(`/views/deals${query}`, { key, headers: { 'min-position': last.position } });
      return body.deals.map(({ dealId }: { dealId: string }) => dealId);
    };
    expect(await listed('cur-after')).toEqual([deal.ids.dealId]);
    expect(await listed('cur-before')).toEqual([]);
    expect(await listed('cur-before', '?asOf=2031-01-01')).toEqual([]);
  });

  it('lets a curator who has just registered a customer continue with it, until it is given to somebody else', async () => {
    const key = await api.keyFor('curator', 'cur-new');
    const { body } = await api.post('/customers', { kind: 'person' }, { key });
    const { customerId } = body.ids;
    expect((await api.post(`/customers/${customerId}/contacts`, inbound, { key })).status).toBe(201);
    await api.post('/curators', { curatorId: 'cur-next' });
    await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-next' });
    expect((await api.post(`/customers/${customerId}/contacts`, inbound, { key })).status).toBe(404);
    expect((await api.post(`/customers/${customerId}/contacts`, inbound, { key: await api.keyFor('curator', 'cur-next') })).status).toBe(
      201,
    );
  });

  it('shows a customer the own record and nothing else', async () => {
    const [own, other] = [await api.register(), await api.register()];
    const key = await api.keyFor('customer', own);
    const { body: contact } = await api.post(`/customers/${own}/contacts`, inbound, { key });
    expect(contact.ids.customerId).toBe(own);
    const card = await api.get(`/customers/${own}`, { key, headers: { 'min-position': contact.position } });
    expect([card.status, card.body.customerId, card.body.churn]).toEqual([200, own, null]);
    expect((await api.get(`/customers/${own}`)).body.churn).not.toBeNull();
    expect((await api.get(`/customers/${other}`, { key })).status).toBe(404);
    expect((await api.post(`/customers/${other}/contacts`, inbound, { key })).status).toBe(404);
    const events = async (asking: string) => (await api.get(`/customers/${own}/events`, { key: asking })).body.events;
    const [recorded] = await events(api.key);
    const shown = ['id', 'type', 'schemaVersion', 'occurredAt', 'recordedAt', 'actor', 'stream', 'revision', 'position', 'data'];
    expect((await events(key))[0]).toEqual(Object.fromEntries(shown.map((member) => [member, recorded[member]])));
    expect((await api.get(`/customers/${other}/events`, { key })).status).toBe(404);
    expect((await api.get(`/customers/${own}/churn`, { key })).status).toBe(403);
  });
});
