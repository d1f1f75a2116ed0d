import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
  for (const curatorId of ['ann', 'bea', 'helper']) await api.post('/curators', { curatorId });
});
afterAll(() => api.close());

const keys = new Map<string, Promise<string>>();
const keyOf = (curatorId: string): Promise<string> => {
  const key = keys.get(curatorId) ?? api.keyFor('curator', curatorId);
  keys.set(curatorId, key);
  return key;
};
const assign = (customerId: string, curatorId: string) => api.post(`/customers/${customerId}/curator`, { curatorId });
const contact = async (customerId: string, curatorId: string, headers = {}) =>
  api.post(`/customers/${customerId}/contacts`, inbound, { key: await keyOf(curatorId), headers });
const eventsOf = async (customerId: string) => (await api.get(`/customers/${customerId}/events`)).body.events;

/** What the deciding thread was asked, by command and outcome. */
const commandsTold = async () => {
  const { body } = await api.get('/metrics', { key: await api.keyFor('admin') });
  return (body as string).split('\n').filter((line) => line.startsWith('letopis_commands_total'));
};

describe('a command on a customer', () => {
  it('is for the curator who has the customer now, and from the reassignment on for the next one', async () => {
    const customerId = await api.register('ann');
    expect((await contact(customerId, 'ann')).status).toBe(201);
    await assign(customerId, 'bea');
    const before = (await eventsOf(customerId)).length;
    const { status, body } = await contact(customerId, 'ann');
    expect({ status, type: body.type }).toEqual({ status: 404, type: '/problems/not-found' });
    expect(await eventsOf(customerId)).toHaveLength(before);
    expect((await contact(customerId, 'bea')).status).toBe(201);
  });

  it('answers a former curator as for a customer who is not there: a repeated key, another body under it and If-Match too', async () => {
    const customerId = await api.register('ann');
    const once = { 'idempotency-key': `once-${customerId}` };
    expect((await contact(customerId, 'ann', once)).status).toBe(201);
    expect((await contact(customerId, 'ann', once)).status).toBe(200);
    await assign(customerId, 'bea');
    const asked = async (id: string) => {
      const key = await keyOf('ann');
      const other = { ...inbound, summary: 'other' };
      const answers = [
        await contact(id, 'ann', once),
        await api.post(`/customers/${id}/contacts`, other, { key, headers: once }),
        await contact(id, 'ann', { 'if-match': '"0"' }),
        await api.post(`/customers/${id}/promises/none/keep`, {}, { key }),
      ];
      const { body: bulk } = await api.post('/commands', [{ name: 'record-contact', customerId: id, body: inbound }], { key });
      return [...answers.map(({ body }) => body), bulk.results[0].problem].map(({ requestId, instance, ...problem }) => problem);
    };
    const lost = await asked(customerId);
    expect(lost.map(({ type }) => type)).toEqual(Array(5).fill('/problems/not-found'));
    expect(lost).toEqual(await asked('nobody-of-that-id'));
  });

  it('out of reach is answered before the record is looked at, be it there or not: by a curator, and by a customer', async () => {
    const customerId = await api.register('bea');
    const before = await commandsTold();
    for (const key of [await keyOf('ann'), await api.keyFor('customer', 'somebody-else')]) {
      for (const id of [customerId, 'nobody-of-that-id']) {
        const one = await api.post(`/customers/${id}/contacts`, inbound, { key });
        const { body: bulk } = await api.post('/commands', [{ name: 'record-contact', customerId: id, body: inbound }], { key });
        expect([one.status, bulk.results[0].status]).toEqual([404, 404]);
      }
    }
    expect(await commandsTold()).toEqual(before);
  });

  it('is for whoever has open work with the customer, a repeated key included, until it is over', async () => {
    const customerId = await api.register('ann');
    const promise = { promiseId: 'p', text: 'repair', dueAt: '2031-01-12T10:00:00Z', curatorId: 'helper' };
    expect((await contact(customerId, 'helper')).status).toBe(404);
    await api.post(`/customers/${customerId}/promises`, promise);
    const once = { 'idempotency-key': `helped-${customerId}` };
    expect((await contact(customerId, 'helper', once)).status).toBe(201);
    expect((await contact(customerId, 'helper', once)).status).toBe(200);
    const kept = await api.post(`/customers/${customerId}/promises/p/keep`, {}, { key: await keyOf('helper') });
    expect(kept.status).toBe(200);
    expect((await contact(customerId, 'helper', once)).status).toBe(404);
    expect((await contact(customerId, 'helper')).status).toBe(404);
  });

  it('references a customer for the curator who gives it, in bulk with an id too, and not again once somebody else has the customer', async () => {
    const key = await keyOf('ann');
    const headers = { 'idempotency-key': 'registered-by-ann' };
    const register = () => api.post('/customers', { kind: 'person' }, { key, headers });
    const { customerId } = (await register()).body.ids;
    expect((await register()).status).toBe(200);
    expect((await contact(customerId, 'ann')).status).toBe(201);
    await assign(customerId, 'bea');
    expect((await register()).status).toBe(404);
    const item = { name: 'register-customer', customerId: 'of-ann', body: { kind: 'person' } };
    expect((await api.post('/commands', [item], { key })).body.results[0].status).toBe(201);
    expect((await contact('of-ann', 'ann')).status).toBe(201);
    const taken = await api.post('/customers', { customerId: 'of-ann', kind: 'person' }, { key: await keyOf('bea') });
    expect(taken.body.type).toBe('/problems/customer-already-registered');
    for (const revision of [0, 1, 7]) {
      const headers = { 'if-match': `"${revision}"` };
      const compared = await api.post('/customers', { customerId: 'of-ann', kind: 'person' }, { key: await keyOf('bea'), headers });
      expect({ type: compared.body.type, actual: compared.body.actualRevision }).toEqual({
        type: '/problems/not-found',
        actual: undefined,
      });
    }
  });

  it('is for a customer about the own record alone', async () => {
    const [own, other] = [await api.register(), await api.register()];
    const key = await api.keyFor('customer', own);
    expect((await api.post(`/customers/${own}/contacts`, inbound, { key })).status).toBe(201);
    for (const id of [other, 'nobody-of-that-id'])
      expect((await api.post(`/customers/${id}/contacts`, inbound, { key })).body.type).toBe('/problems/not-found');
  });
});
