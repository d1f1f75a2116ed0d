import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { viewNames } from '#platform';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
let position: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register('cur-1');
  await api.post(`/customers/${customerId}/contacts`, inbound);
  await api.post(`/customers/${customerId}/deals`, { dealId: 'd1', acquisition: { source: 'fair' } });
  const plan = { channel: 'phone', direction: 'outbound', purpose: 'other' };
  for (const plannedFor of ['9999-12-31T23:59:59.999Z', '2999-01-01T00:00:00Z'])
    await api.post(`/customers/${customerId}/contacts/plan`, { ...plan, plannedFor });
  const purchase = { item: 'pen', quantity: 1, unitPrice: { minor: 100, currency: 'EUR' } };
  for (const occurredAt of ['0001-01-01T00:00:00Z', '2020-02-29T00:00:00Z'])
    position = (await api.post(`/customers/${customerId}/purchases`, { ...purchase, occurredAt })).body.position;
});
afterAll(() => api.close());

const ends = ['0001-01-01', '9999-12-31', '0001-01', '9999-12', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'];

/** What each view needs besides. */
const needed: Readonly<Record<string, string>> = {
  desk: 'curatorId=cur-1',
  'ladder-moves': 'from=2026-01-01',
  'ladder-customers': 'rung=prospect',
  'events-behind': 'series=measure%3Dpurchases|',
};

describe('the first and the last day of the calendar', () => {
  it.each(viewCatalogue.map((view) => [view.name, view] as const))(
    'are answered or rejected by %s, in every time that it takes',
    async (name, view) => {
      const times = Object.entries(view.parameters).filter(
        ([, parameter]) => ends.some((end) => 'value' in parameter.read(end)) && 'wrong' in parameter.read('x'),
      );
      const key = await api.keyOfAny(view.roles);
      const paths = view.path.includes(':view') ? viewNames.map((each) => view.path.replace(':view', each)) : [view.path];
      const at = { ':customerId': customerId, ':curatorId': 'cur-1', ':policyName': 'funnel' };
      for (const path of paths) {
        const address = Object.entries(at).reduce((filled, [place, value]) => filled.replace(place, value), path);
        for (const [parameter, { read }] of times)
          for (const end of ends) {
            if ('wrong' in read(end)) continue;
            const query = new URLSearchParams(needed[name] ?? '');
            query.set(parameter, end);
            const { status, body } = await api.get(`${address}?${query}`, { key, headers: { 'min-position': position } });
            // Nothing was known of a customer then.
            const unknown = path.includes(':customerId') && status === 404;
            expect([parameter, end, status === 400 ? body.type : unknown || status]).toEqual([
              parameter,
              end,
              status === 400 ? '/problems/invalid-query' : unknown || 200,
            ]);
          }
      }
    },
  );

  it('do not make the supervisor’s desk count for ever: more than three years are rejected clearly', async () => {
    const desk = async (query: string) => api.get(`/views/desk/supervisor?${query}`, { headers: { 'min-position': position } });
    expect((await desk('asOf=9999-12-31')).body).toMatchObject({
      from: '9999-12-31',
      to: '9999-12-31',
      curators: [{ curatorId: 'cur-1' }],
    });
    const { status, body } = await desk('from=0001-01-01');
    expect([status, body.type, body.errors]).toEqual([
      400,
      '/problems/invalid-query',
      [{ pointer: 'from', detail: expect.stringMatching(/at most 1097 days/) }],
    ]);
  });
});
