import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestApi } from './test-api.js';

const MINUTE = 60_000;
/** By how much the clock of whoever answers is ahead; the thread that decides has its own. */
let ahead = 0;
const realNow = Date.now.bind(Date);
const inMinutes = (minutes: number) => new Date(realNow() + minutes * MINUTE).toISOString();

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
  for (const curatorId of ['ann', 'bea', 'cleo', 'dora']) await api.post('/curators', { curatorId });
});
afterEach(() => {
  ahead = 0;
});
afterAll(async () => {
  jest.restoreAllMocks();
  await api.close();
});

/** Whoever has the customer, by each of those that say so. */
const curatorsOf = async (customerId: string, position: string) => {
  const headers = { 'min-position': position };
  const card = (await api.get(`/customers/${customerId}`, { headers })).body;
  const found = (await api.get(`/customers?customerId=${customerId}`, { headers })).body.customers[0];
  const timeline = (await api.get(`/customers/${customerId}/timeline`, { headers })).body;
  const deal = (await api.get(`/views/deals?customerId=${customerId}`, { headers })).body.deals[0];
  const has: Record<string, string[]> = { access: [], search: [], 'own list': [], deals: [], desk: [], promises: [], churn: [] };
  for (const curatorId of ['ann', 'bea', 'cleo', 'dora']) {
    const key = await api.keyFor('curator', curatorId);
    const names = (body: unknown) => JSON.stringify(body).includes(`"${customerId}"`);
    const of = async (address: string, by = key) => (await api.get(address, { key: by, headers })).body;
    if ((await api.get(`/customers/${customerId}`, { key, headers })).status === 200) has.access!.push(curatorId);
    if (names(await of(`/customers?curatorId=${curatorId}`, api.key))) has.search!.push(curatorId);
    if (names(await of('/customers'))) has['own list']!.push(curatorId);
    if (names(await of('/views/deals'))) has.deals!.push(curatorId);
    const desk = await of('/views/desk');
    if (names(desk.portfolio)) has.desk!.push(curatorId);
    if (names(desk.overduePromises)) has.promises!.push(curatorId);
    if (names(await of('/views/churn/customers'))) has.churn!.push(curatorId);
  }
  return {
    ...Object.fromEntries(Object.entries(has).map(([name, curators]) => [name, curators.join()])),
    card: card.curator?.curatorId,
    found: found.curatorId,
    deal: deal.curatorId,
    timeline: timeline.planned[0].curatorId,
  };
};
const all = (curatorId: string) =>
  Object.fromEntries(
    ['access', 'search', 'own list', 'deals', 'desk', 'promises', 'churn', 'card', 'found', 'deal', 'timeline'].map((name) => [
      name,
      curatorId,
    ]),
  );

const withWork = async (customerId: string, key = api.key) => {
  await api.post(`/customers/${customerId}/deals`, {}, { key });
  await api.post(`/customers/${customerId}/promises`, { text: 'call', dueAt: inMinutes(2) }, { key });
};

describe('who has a customer', () => {
  it('changes for all who say so at the instant at which an assignment begins, not when it is recorded', async () => {
    const customerId = await api.register('ann');
    await withWork(customerId);
    const { body } = await api.post(`/customers/${customerId}/curator`, { curatorId: 'bea', occurredAt: inMinutes(4) });
    ahead = 3 * MINUTE;
    expect(await curatorsOf(customerId, body.position)).toEqual(all('ann'));
    ahead = 5 * MINUTE;
    expect(await curatorsOf(customerId, body.position)).toEqual(all('bea'));
    expect((await api.post(`/customers/${customerId}/curator`, { curatorId: 'bea', occurredAt: inMinutes(6) })).body.type).toBe(
      '/problems/occurred-in-future',
    );
  });

  it('is the curator who registered the customer, until another is assigned', async () => {
    const key = await api.keyFor('curator', 'dora');
    const { customerId } = (await api.post('/customers', { kind: 'person' }, { key })).body.ids;
    await withWork(customerId, key);
    ahead = 3 * MINUTE;
    const { body } = await api.post(
      `/customers/${customerId}/contacts`,
      { channel: 'phone', direction: 'inbound', purpose: 'service' },
      { key },
    );
    expect(await curatorsOf(customerId, body.position)).toEqual(all('dora'));
    const { body: given } = await api.post(`/customers/${customerId}/curator`, { curatorId: 'cleo', occurredAt: inMinutes(0) });
    expect(await curatorsOf(customerId, given.position)).toEqual(all('cleo'));
  });
});

describe('a departure that is dated ahead', () => {
  it('comes for keys, commands and the list of curators at its instant', async () => {
    await api.post('/curators', { curatorId: 'eve', displayName: 'Eve' });
    const key = await api.keyFor('curator', 'eve');
    const at = inMinutes(4);
    expect((await api.post('/curators/eve/depart', { occurredAt: at })).status).toBe(200);
    const seen = async () => {
      const { body } = await api.get('/curators');
      const [listed] = body.curators.filter(({ curatorId }: { curatorId: string }) => curatorId === 'eve');
      const { body: one } = await api.get('/curators/eve');
      return [listed.departedAt, one.departedAt, (await api.get('/customers', { key })).status];
    };
    expect(await seen()).toEqual([undefined, undefined, 200]);
    const give = async (occurredAt: string) => {
      const { status, body } = await api.post(`/customers/${await api.register()}/curator`, { curatorId: 'eve', occurredAt });
      return body.type ?? status;
    };
    expect([await give(inMinutes(0)), await give(at)]).toEqual([200, '/problems/curator-departed']);
    ahead = 5 * MINUTE;
    expect(await seen()).toEqual([at, at, 401]);
  });
});
