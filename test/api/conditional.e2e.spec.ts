import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRemembered } from '#event-log';
import { cardProjection } from '#projections/card/projection.js';
import { relationshipEventTypes } from '#relationship';
import { inbound, revisionTag, TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register();
});
afterAll(() => api.close());

const get = (address: string, tag?: string) => api.get(address, { headers: tag === undefined ? {} : { 'if-none-match': tag } });
const upToDate = async (address: string, tag?: string) => {
  const { head } = (await api.get('/events?limit=1')).body;
  return api.get(address, { headers: { 'min-position': head, ...(tag !== undefined && { 'if-none-match': tag }) } });
};

describe('the ETag of the card', () => {
  it('is met by If-Match whatever happened last with the customer', async () => {
    const address = `/customers/${customerId}`;
    await api.post(`${address}/deals`, { dealId: 'd' });
    await api.post('/customers', { customerId: 'somebody', kind: 'person' });
    for (const [path, body] of [
      ['/deals/d/proposals', {}],
      ['/deals/d/contracts', { contractId: 'k' }],
      ['/satisfaction', { metric: 'nps', score: 9 }],
      ['/recommendations', {}],
      ['/referrals', { referredCustomerId: 'somebody' }],
      ['/reviews', { site: 'reviews.example' }],
      ['/agreements', { terms: 'all' }],
    ] as const) {
      const done = await api.post(address + path, body);
      expect({ path, status: done.status, body: done.body }).toMatchObject({
        path,
        status: expect.any(Number),
        body: { revision: expect.any(Number) },
      });
      const card = await upToDate(address);
      expect([path, revisionTag(card), card.body.revision]).toEqual([path, done.headers.get('etag'), done.body.revision]);
      const next = await api.post(`${address}/contacts`, inbound, { headers: { 'if-match': card.headers.get('etag') as string } });
      expect([path, next.status]).toEqual([path, 201]);
      const late = await api.post(`${address}/contacts`, inbound, { headers: { 'if-match': card.headers.get('etag') as string } });
      expect([path, late.status, late.body.type]).toEqual([path, 412, '/problems/revision-mismatch']);
    }
  });

  it('passes over no kind of event', () => {
    expect([...cardProjection.handles].sort()).toEqual([commandRemembered.type, ...relationshipEventTypes].sort());
  });

  it('may have been made a weak one on its way', async () => {
    const tag = (await upToDate(`/customers/${customerId}`)).headers.get('etag') as string;
    const { status } = await api.post(`/customers/${customerId}/contacts`, inbound, { headers: { 'if-match': `W/${tag}` } });
    expect(status).toBe(201);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['the card', () => `/customers/${customerId}`],
    ['the timeline', () => `/customers/${customerId}/timeline`],
    ['a view of the company', () => '/views/churn'],
    ['a list', () => '/customers?limit=10'],
    ['a policy', () => '/policies/ladder'],
  ])('is answered with 304 and no body while %s is the same, and with the whole when it is not', async (_, address) => {
    const first = await upToDate(address());
    const tag = first.headers.get('etag') as string;
    expect(tag).toMatch(/^"(\d+\.)?[\w-]{22}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get(address(), known);
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await get(address(), '"other"')).status).toBe(200);
  });

  it('compares what the answer says: an event changes it, and so does time without any event', async () => {
    const { position } = (
      await api.post(`/customers/${customerId}/promises`, { promiseId: 'p', text: 'a call', dueAt: '2126-01-01T00:00:00Z' })
    ).body;
    const address = (asOf: string) => `/customers/${customerId}?asOf=${asOf}`;
    const before = await api.get(address('2125-12-31'), { headers: { 'min-position': position } });
    expect((await get(address('2125-12-31'), before.headers.get('etag') as string)).status).toBe(304);
    expect((await get(address('2126-01-02'), before.headers.get('etag') as string)).status).toBe(200);
    const present = await upToDate(`/customers/${customerId}`);
    await api.post(`/customers/${customerId}/promises/p/keep`, {});
    const now = await upToDate(`/customers/${customerId}`, present.headers.get('etag') as string);
    expect([now.status, now.headers.get('etag') === present.headers.get('etag')]).toEqual([200, false]);
  });
});
