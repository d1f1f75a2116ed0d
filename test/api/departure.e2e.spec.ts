import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFeed } from './event-source.js';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

describe('a curator who has left', () => {
  it('is let in nowhere from the departure on, feeds included, and after a return with a new key alone', async () => {
    const customerId = await api.register('cur-gone');
    const key = await api.keyFor('curator', 'cur-gone');
    const asked = async (by: string) => [
      (await api.get(`/customers/${customerId}/events`, { key: by })).status,
      (await api.get('/curators', { key: by })).status,
      (await api.post(`/customers/${customerId}/contacts`, inbound, { key: by })).status,
      (await api.post('/customers', { kind: 'person' }, { key: by })).status,
      (await api.post('/commands', [{ name: 'register-customer', body: { kind: 'person' } }], { key: by })).status,
    ];
    expect(await asked(key)).toEqual([200, 200, 201, 201, 200]);
    const feed = await openFeed(`${api.running.url}/customers/${customerId}/timeline/stream`, key);
    expect((await api.post('/curators/cur-gone/depart', {})).status).toBe(200);
    expect(await asked(key)).toEqual([401, 401, 401, 401, 401]);
    await feed.ended;
    expect((await api.post('/curators', { curatorId: 'cur-gone' })).status).toBe(201);
    expect(await asked(key)).toEqual([401, 401, 401, 401, 401]);
    expect(await asked(await api.keyFor('curator', 'cur-gone'))).toEqual([200, 200, 201, 201, 200]);
    const { body } = await api.get('/curators/cur-gone');
    expect(Object.keys(body).sort()).toEqual(['curatorId', 'registeredAt']);
  });

  it('gives no command that came before the departure was known', async () => {
    await api.post('/curators', { curatorId: 'cur-late' });
    await api.post('/curators/cur-late/depart', {});
    const command = {
      name: 'register-customer',
      body: { kind: 'person' },
      keyScope: 'k',
      actor: { kind: 'curator', id: 'cur-late' },
    } as const;
    await expect(api.running.services.commands.execute(command)).rejects.toMatchObject({
      problem: { details: { type: '/problems/not-authenticated' } },
    });
  });

  it('is told apart from one who is not registered yet: that key is good', async () => {
    const key = await api.keyFor('curator', 'cur-to-come');
    expect((await api.post('/customers', { kind: 'person' }, { key })).status).toBe(201);
  });
});
