import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '#platform';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { openFeed } from './event-source.js';
import { inbound, TestApi } from './test-api.js';

const curated = async (api: TestApi, curatorId: string, name: string): Promise<string> => {
  const { body } = await api.post('/customers', { customerId: name, kind: 'person', displayName: name });
  await api.post(`/customers/${name}/curator`, { curatorId });
  return body.ids.customerId;
};
const openToCurators = viewCatalogue.filter(({ roles }) => roles.includes('curator'));
const addressOf = (path: string, customerId: string) => path.replace(':customerId', customerId).replace(':policyName', 'ladder');

describe('views that stand still', () => {
  let api: TestApi;
  let keys: Readonly<Record<'ann' | 'bea', string>>;
  const due = new Date(Date.now() + 1_000).toISOString();
  beforeAll(async () => {
    api = await TestApi.start();
    for (const curatorId of ['ann', 'bea']) await api.post('/curators', { curatorId });
    keys = { ann: await api.keyFor('curator', 'ann'), bea: await api.keyFor('curator', 'bea') };
    for (const name of ['kept', 'lost', 'gained']) {
      await curated(api, name === 'gained' ? 'bea' : 'ann', name);
      await api.post(`/customers/${name}/deals`, {});
      await api.post(`/customers/${name}/promises`, { text: 'repair', dueAt: due });
    }
    const { body: last } = await api.post('/customers/kept/contacts', inbound);
    for (const { path } of openToCurators) await api.get(addressOf(path, 'kept'), { headers: { 'min-position': last.position } });
    await api.get('/views/desk?curatorId=ann', { headers: { 'min-position': last.position } });
  });
  afterAll(() => api.close());

  const listing = async (customerId: string, key: string) => {
    const lists = openToCurators.filter(({ path }) => !path.includes(':customerId'));
    const found: string[] = [];
    for (const { name, path } of lists) {
      const { status, body } = await api.get(addressOf(path, customerId), { key });
      expect({ name, status }).toEqual({ name, status: 200 });
      if (JSON.stringify(body).includes(`"${customerId}"`)) found.push(name);
    }
    return found.sort();
  };

  it('show a curator nothing of a customer who was lost, in no list, no read of one customer and no feed, and all of one who was gained', async () => {
    const everywhere = ['churn-customers', 'deals', 'desk', 'find-customers'];
    expect(await listing('lost', keys.ann)).toEqual(everywhere);
    const feed = await openFeed(`${api.running.url}/customers/lost/timeline/stream`, keys.ann);
    await api.running.services.projector.stop();
    const { body: given } = await api.post('/customers/lost/curator', { curatorId: 'bea' });
    await api.post('/customers/gained/curator', { curatorId: 'ann' });
    await api.post('/customers/lost/contacts', inbound);

    expect(await listing('lost', keys.ann)).toEqual([]);
    expect(await listing('kept', keys.ann)).toEqual(everywhere);
    for (const { name, path } of openToCurators.filter(({ path }) => path.includes(':customerId')))
      for (const [customerId, key, wanted] of [
        ['lost', keys.ann, 404],
        ['kept', keys.ann, 200],
        ['gained', keys.ann, 200],
        ['lost', keys.bea, 200],
      ] as const) {
        const { status } = await api.get(addressOf(path, customerId), { key });
        expect({ name, customerId, status }).toEqual({ name, customerId, status: wanted });
      }
    await feed.ended;
    const entries = await feed.take(99);
    expect(entries.at(-1)).toMatchObject({ id: String(given.revision), event: 'curator-assigned' });
    const { body } = await api.get('/customers/lost/timeline/stream', { key: keys.ann });
    expect(body.type).toBe('/problems/not-found');
  });

  it('let a helper in while work is open, end the feed with it, and list nothing of it afterwards', async () => {
    await api.post('/customers/kept/promises', { promiseId: 'help', text: 'repair', dueAt: due, curatorId: 'bea' });
    expect((await api.get('/customers/kept/events', { key: keys.bea })).status).toBe(200);
    const feed = await openFeed(`${api.running.url}/customers/kept/timeline/stream`, keys.bea);
    await api.post('/customers/kept/promises/help/keep', {});
    await api.post('/customers/kept/contacts', inbound);
    await feed.ended;
    expect((await feed.take(99)).at(-1)?.event).toBe('promise-kept');
    expect((await api.get('/customers/kept/events', { key: keys.bea })).status).toBe(404);
  });
});

describe('without any projector', () => {
  it('a customer is read by who has the customer now', async () => {
    const api = await TestApi.start({ PROJECTOR: 'off' }, createLogger('silent'), async () => undefined);
    for (const curatorId of ['ann', 'bea']) await api.post('/curators', { curatorId });
    await curated(api, 'ann', 'c');
    const seen = async (curatorId: string) =>
      (await api.get('/customers/c/events', { key: await api.keyFor('curator', curatorId) })).status;
    expect([await seen('ann'), await seen('bea')]).toEqual([200, 404]);
    await api.post('/customers/c/curator', { curatorId: 'bea' });
    expect([await seen('ann'), await seen('bea')]).toEqual([404, 200]);
    const written = await api.post('/customers/c/contacts', inbound, { key: await api.keyFor('curator', 'ann') });
    expect(written.status).toBe(404);
    await api.close();
  });
});
