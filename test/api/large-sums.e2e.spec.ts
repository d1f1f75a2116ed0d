import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { newEvent } from '#testing';
import { describedAnswers } from './described-answers.js';
import { TestApi } from './test-api.js';

const most = Number.MAX_SAFE_INTEGER;
const largest = 100_000_000_000_000;
const eur = (minor: number) => ({ minor, currency: 'EUR' });
const usd = (minor: number) => ({ minor, currency: 'USD' });

let folder: string;
let api: TestApi;
/** Two customers from a time when an amount might be as large as a number: in EUR everything of theirs exceeds the largest sum by 1. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-large-'));
  const log = await openEventLog(`sqlite:${path.join(folder, 'chronicle.sqlite')}`);
  for (const [id, minor] of [
    ['rich', most],
    ['other', 1],
  ] as const)
    await log.append(`relationship-${id}`, 'none', [
      newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: id } }),
      newEvent({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'x', quantity: 1, amount: eur(minor) } }),
      newEvent({ type: 'purchase-recorded', data: { purchaseId: 'q', item: 'x', quantity: 1, amount: usd(5) } }),
      newEvent({ type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead' } }),
      newEvent({ type: 'deal-won', data: { dealId: 'd', from: 'lead', amount: eur(minor) } }),
      newEvent({ type: 'deal-opened', data: { dealId: 'e', funnelVersion: 1, stage: 'lead' } }),
      newEvent({ type: 'deal-won', data: { dealId: 'e', from: 'lead', amount: usd(7) } }),
    ]);
  await log.close();
  api = await TestApi.start({ LETOPIS_DATA: folder });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const atHead = async (path: string) => api.get(path, { headers: { 'min-position': (await api.get('/events')).body.head } });

describe('one amount', () => {
  it('is bounded in every command that takes one, and the rejection says how large it may be', async () => {
    const id = await api.register();
    await api.post(`/customers/${id}/deals`, { dealId: 'd' });
    const { body: document } = await api.get('/openapi.json');
    expect(document.components.schemas.MoneyBody.properties.minor).toMatchObject({ minimum: -largest, maximum: largest });
    const item = { item: 'x', quantity: 1 };
    for (const [address, member, body] of [
      ['purchases', 'amount', item],
      ['purchases', 'unitPrice', item],
      ['deals', 'expectedValue', {}],
      ['deals/d/value', 'to', {}],
      ['deals/d/proposals', 'amount', {}],
      ['deals/d/contracts', 'amount', {}],
      ['deals/d/win', 'cost', { amount: eur(1) }],
    ] as const) {
      const rejected = await api.post(`/customers/${id}/${address}`, { ...body, [member]: eur(largest + 1) });
      const errors = [{ pointer: `/${member}/minor`, detail: `must be at most ${largest}` }];
      expect({ address, ...rejected }).toMatchObject({ address, status: 422, body: { type: '/problems/invalid-body', errors } });
    }
    const product = await api.post(`/customers/${id}/purchases`, { item: 'x', quantity: 2, unitPrice: eur(largest) });
    expect(product).toMatchObject({ status: 422, body: { type: '/problems/amount-too-large', largest } });
    expect((await api.post(`/customers/${id}/purchases`, { purchaseId: 'p', ...item, amount: eur(largest) })).status).toBe(201);
    expect((await api.post(`/customers/${id}/purchases/p/return`, { whole: true })).status).toBe(200);
  });
});

describe('sums of amounts of before that numbers do not hold', () => {
  const answered = async (path: string, view = '') => {
    const { status, body } = await atHead(path.replace('{view}', view));
    expect(status).toBe(200);
    const described = describedAnswers((await api.get('/openapi.json')).body);
    expect(described.faults('GET', path.replace(/\?.*/, '').replace('/rich', '/{customerId}'), status, body)).toEqual([]);
    return body;
  };

  it('are null, and everything else of the answer is there', async () => {
    const churn = await answered('/views/churn');
    expect(churn.revenue).toMatchObject({ EUR: { amount: null, series: 'measure=revenue|currency=EUR|' }, USD: { amount: 10 } });
    expect(churn).toMatchObject({ customers: { amount: 2 }, purchases: { amount: 4 } });
    expect(churn.distribution.customers).toBe(3);
    const wonAmount = [{ minor: null, currency: 'EUR' }, usd(14)];
    expect((await answered('/views/funnel')).overall).toMatchObject({ won: 4, wonAmount });
    // The deals are of the curator who registered the customers.
    expect((await answered('/views/funnel?by=curator')).groups).toContainEqual(
      expect.objectContaining({ key: 'curator-1', overall: expect.objectContaining({ won: 4, wonAmount }) }),
    );
    expect((await answered('/views/funnel/conversion')).groups).toMatchObject([{ wonAmount }]);
  });

  it('name what is behind them, and are there again once that is corrected', async () => {
    const series = new URLSearchParams({ series: 'measure=revenue|currency=EUR|' });
    const { contributors } = await answered(`/views/{view}/events?${series}`, 'churn');
    expect(contributors).toMatchObject([
      { customerId: 'other', amount: 1 },
      { customerId: 'rich', amount: most },
    ]);
    expect((await answered('/customers/rich')).value.EUR).toMatchObject({ purchased: most, net: most });
    expect((await api.post('/customers/rich/purchases/p/return', { whole: true })).status).toBe(200);
    expect((await answered('/views/churn')).revenue).toEqual(expect.objectContaining({ EUR: expect.objectContaining({ amount: 1 }) }));
  });

  it('of one customer are never made by new purchases', async () => {
    const more = await api.post('/customers/rich/purchases', { item: 'x', quantity: 1, amount: eur(1) });
    expect(more).toMatchObject({ status: 409, body: { type: '/problems/amounts-too-large', currency: 'EUR' } });
  });
});
