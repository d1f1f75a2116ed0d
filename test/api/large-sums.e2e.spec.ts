import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describedAnswers } from './described-answers.js';
import { TestApi } from './test-api.js';

/** The largest amount, and the largest sum that is answered. */
const most = Number.MAX_SAFE_INTEGER;
const eur = (minor: number) => ({ minor, currency: 'EUR' });

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const buy = (id: string, purchaseId: string, minor: number) =>
  api.post(`/customers/${id}/purchases`, { purchaseId, item: 'x', quantity: 1, amount: eur(minor) });
const win = async (id: string, dealId: string, minor: number) => {
  await api.post(`/customers/${id}/deals`, { dealId, expectedValue: eur(minor) });
  return api.post(`/customers/${id}/deals/${dealId}/win`, { amount: eur(minor) });
};
const atHead = async (path: string) => api.get(path, { headers: { 'min-position': (await api.get('/events')).body.head } });
const tooLarge = { status: 422, body: { type: '/problems/sum-too-large', detail: expect.stringContaining(String(most)) } };

describe('sums at the border of exact numbers', () => {
  it('of one customer are kept to it: a purchase beyond is rejected', async () => {
    const id = await api.register();
    expect((await buy(id, 'one', most - 1)).status).toBe(201);
    expect(await buy(id, 'two', 2)).toMatchObject({ status: 409, body: { type: '/problems/amounts-too-large', currency: 'EUR' } });
    expect((await buy(id, 'two', 1)).status).toBe(201);
    expect((await atHead(`/customers/${id}`)).body.value.EUR).toMatchObject({ purchased: most, net: most });
    expect((await atHead('/views/churn')).body.revenue.EUR.amount).toBe(most);
  });

  it('of the company are exact, or rejected, and exact again', async () => {
    const id = await api.register();
    await buy(id, 'one', 10);
    const churn = await atHead('/views/churn');
    expect(churn).toMatchObject(tooLarge);
    expect(churn.body.sum).toBe('measure=revenue|currency=EUR|');
    const described = describedAnswers((await api.get('/openapi.json')).body);
    expect(described.faults('GET', '/views/churn', churn.status, churn.body)).toEqual([]);
    const back = await api.post(`/customers/${id}/purchases/one/return`, { amount: eur(10) });
    expect(back.status).toBe(200);
    expect((await atHead('/views/churn')).body.revenue.EUR.amount).toBe(most);
  });

  it('of deals are exact, or rejected, by day and by curator, and what is behind them is listed', async () => {
    const [one, other] = [await api.register(), await api.register()];
    expect((await win(one, 'a', most)).status).toBe(200);
    const funnel = await atHead('/views/funnel');
    expect(funnel.body.overall.wonAmount).toEqual([eur(most)]);
    const { series } = funnel.body.overall;
    expect((await win(other, 'b', 2)).status).toBe(200);
    for (const path of ['/views/funnel', '/views/funnel?by=curator', '/views/funnel/conversion'])
      expect(await atHead(path)).toMatchObject(tooLarge);
    const behind = await atHead(`/views/funnel/events?${new URLSearchParams({ series: series.wonAmount })}`);
    expect(behind.body.contributors.map(({ amount }: { readonly amount: number }) => amount).sort()).toEqual([2, most]);
  });
});
