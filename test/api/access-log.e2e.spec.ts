import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { openFeed } from './event-source.js';
import { type Call, nextOf, TestApi } from './test-api.js';

let api: TestApi;
let auditor: string;
let ann: string;
let [own, other] = ['', ''];
beforeAll(async () => {
  api = await TestApi.start({ ACCESS_LOG_ANCHOR_SECONDS: '1' });
  auditor = await api.keyFor('auditor');
  own = await api.register('ann');
  other = await api.register('bea');
  ann = await api.keyFor('curator', 'ann');
  const { body } = await api.get('/events?limit=1000');
  await api.get('/customers', { headers: { 'min-position': body.head } });
});
afterAll(() => api.close());

interface Entry {
  readonly at: string;
  readonly operation: string;
  readonly customerId: string;
  readonly actorId: string;
  readonly reason?: string;
}
const log = async (query = ''): Promise<readonly Entry[]> =>
  (await api.get(`/access-log?limit=1000&${query}`, { key: auditor })).body.entries as Entry[];
/** Entries by a new key, once they are there. */
const entriesOf = async (actorId: string, count: number): Promise<readonly string[]> => {
  for (let tries = 0; tries < 200; tries++) {
    const entries = await log(`actorId=${actorId}`);
    if (entries.length >= count) return entries.map(({ operation, customerId }) => `${operation} ${customerId}`).sort();
    await sleep(25);
  }
  return (await log(`actorId=${actorId}`)).map(({ operation, customerId }) => `${operation} ${customerId}`);
};
let readers = 0;
const reader = async (ask: (call: Call) => Promise<unknown>, count: number): Promise<readonly string[]> => {
  const actorId = `reader-${++readers}`;
  await ask({ key: await api.keyFor('supervisor', actorId) });
  return entriesOf(actorId, count);
};

describe('the access log has an entry for each customer', () => {
  it('whose card, timeline or events are shown', async () => {
    for (const [address, operation] of [
      ['', 'customer'],
      ['/timeline', 'timeline'],
      ['/events', 'customer-events'],
      ['/ladder', 'customer-ladder'],
      ['/churn', 'customer-churn'],
    ] as const)
      expect(await reader((call) => api.get(`/customers/${own}${address}`, call), 1)).toEqual([`${operation} ${own}`]);
  });

  it('of a page of a list, of its CSV and of every page of a whole CSV', async () => {
    const both = [`find-customers ${own}`, `find-customers ${other}`].sort();
    expect(await reader((call) => api.get('/customers', call), 2)).toEqual(both);
    const csv = { headers: { accept: 'text/csv' } };
    expect(await reader((call) => api.get('/customers?limit=1', { ...call, ...csv }), 1)).toHaveLength(1);
    expect(await reader((call) => api.get('/customers', { ...call, ...csv }), 2)).toEqual(both);
  });

  it('found by a search, and of none where nothing is found', async () => {
    expect(await reader((call) => api.get(`/customers?name=${encodeURIComponent('Ветрова')}`, call), 2)).toHaveLength(2);
    expect(await reader((call) => api.get('/customers?name=nobody-at-all', call), 0)).toEqual([]);
  });

  it('of a page of the log, and of a record of a topic', async () => {
    expect(new Set(await reader((call) => api.get('/events?types=customer-registered', call), 2))).toEqual(
      new Set([`log-page ${own}`, `log-page ${other}`]),
    );
    expect(await reader((call) => api.get(`/feeds/relationship-events/relationship-${own}/0`, call), 1)).toEqual([
      `published-event ${own}`,
    ]);
    expect(await reader((call) => api.get(`/feeds/customers/${own}/0`, call), 1)).toEqual([`published-customer ${own}`]);
  });

  it('of whom a live feed sends something', async () => {
    const fed = (address: string) => async (call: Call) => {
      const feed = await openFeed(api.running.url + address, call.key!);
      await feed.take(1);
      feed.close();
    };
    expect(await reader(fed(`/customers/${own}/timeline/stream`), 1)).toEqual([`timeline-feed ${own}`]);
    expect(await reader(fed('/events/stream?types=customer-registered'), 2)).toEqual(
      expect.arrayContaining([`log-feed ${own}`, `log-feed ${other}`]),
    );
  });

  it('who reads the own record, who is a service, and whose answer the client knows already', async () => {
    const customer = await api.keyFor('customer', own);
    const { headers } = await api.get(`/customers/${own}`, { key: customer });
    const known = await api.get(`/customers/${own}`, { key: customer, headers: { 'if-none-match': headers.get('etag')! } });
    expect(known.status).toBe(304);
    expect(await entriesOf(own, 2)).toEqual([`customer ${own}`, `customer ${own}`]);
    await api.get(`/customers/${own}`, { key: await api.keyFor('service', 'shop') });
    expect(await entriesOf('shop', 1)).toEqual([`customer ${own}`]);
  });

  it('and none of whom nothing was shown: out of scope, unknown, or in a view of numbers', async () => {
    expect((await api.get(`/customers/${other}`, { key: ann })).status).toBe(404);
    expect((await api.get('/customers/nobody', { key: ann })).status).toBe(404);
    await api.get(`/customers/${own}`, { key: ann });
    expect(await entriesOf('ann', 1)).toEqual([`customer ${own}`]);
    expect(await reader((call) => api.get('/views/funnel', call), 0)).toEqual([]);
    expect(await reader((call) => api.get('/curators', call), 0)).toEqual([]);
  });
});

describe('the auditor', () => {
  it('finds entries by customer, actor and time, page by page, as CSV too', async () => {
    await reader((call) => api.get('/customers', call), 2);
    const all = await log();
    expect(all.length).toBeGreaterThan(15);
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    );
    expect(new Set((await log(`customerId=${other}`)).map(({ customerId }) => customerId))).toEqual(new Set([other]));
    const { at } = all[5]!;
    expect((await log(`from=${at}&to=${at}`)).every((entry) => entry.at === at)).toBe(true);
    const paged: Entry[] = [];
    for (let next: string | undefined = `/access-log?limit=4&to=${at}`; next !== undefined; ) {
      const page: Awaited<ReturnType<typeof api.get>> = await api.get(next, { key: auditor });
      expect(page.body.entries.length).toBeLessThanOrEqual(4);
      paged.push(...page.body.entries);
      next = nextOf(page, next);
    }
    expect(paged).toEqual(await log(`to=${at}`));
    const csv = await api.get(`/access-log?to=${at}`, { key: auditor, headers: { accept: 'text/csv' } });
    expect(csv.body.split('\r\n')).toHaveLength(paged.length + 2);
  });

  it('finds no personal data in it, and is not recorded in it', async () => {
    await log();
    const entries = await log();
    expect(JSON.stringify(entries)).not.toContain('Ветрова');
    expect(entries.filter(({ operation }) => operation === 'access-log')).toEqual([]);
    expect(entries.filter(({ actorId }) => actorId === 'auditor-1')).toEqual([]);
  });

  it('is told of a wrong cursor', async () => {
    for (const cursor of ['x', '0.1', '1.', '1.1.1'])
      expect((await api.get(`/access-log?cursor=${cursor}`, { key: auditor })).body).toMatchObject({
        status: 400,
        errors: [{ pointer: 'cursor', detail: 'is not a cursor of this list; start again without cursor' }],
      });
  });

  it('and the admin read it, and nobody else', async () => {
    for (const role of ['curator', 'supervisor', 'service', 'customer'] as const)
      expect((await api.get('/access-log', { key: await api.keyFor(role, role === 'customer' ? own : 'ann') })).status).toBe(403);
    expect((await api.get('/access-log', { key: await api.keyFor('admin') })).status).toBe(200);
  });
});

describe('the event log', () => {
  it('gets the hash of the last batch', async () => {
    const anchors = async () => (await api.get('/events?types=access-log-anchored', { key: auditor })).body.events;
    while ((await anchors()).length === 0) await sleep(50);
    const [{ stream, actor, data }] = await anchors();
    expect({ stream, actor }).toEqual({ stream: 'access-log-main', actor: { kind: 'system', id: 'access-log' } });
    const file = new Database(path.join(api.running.services.configuration.dataFolder, 'access-log.sqlite'), { readonly: true });
    expect(file.prepare('SELECT hash FROM batches WHERE number = ?').pluck().get(data.batch)).toBe(data.hash);
    file.close();
  });
});

describe('where the policy asks for it', () => {
  const publish = async (document: object) => api.post('/policies/access-log', { document }, { key: await api.keyFor('admin') });

  it('a reason is required of some roles, for what shows customers, and is stored', async () => {
    expect((await publish({ reasonRequiredOf: ['supervisor'] })).status).toBe(200);
    const key = await api.keyFor('supervisor', 'asked-why');
    const required = { status: 400, type: '/problems/reason-required' };
    for (const address of [
      '/customers',
      `/customers/${own}`,
      '/events',
      '/events/stream',
      `/customers/${own}/timeline/stream`,
      `/feeds/customers/${own}/0`,
    ])
      expect((await api.get(address, { key })).body).toMatchObject(required);
    expect((await api.get('/views/funnel', { key })).status).toBe(200);
    for (const reason of ['because Anna asked', '', 'x'.repeat(101)])
      expect((await api.get('/customers', { key, headers: { 'letopis-reason': reason } })).body).toMatchObject({
        status: 400,
        detail: expect.stringContaining('Letopis-Reason'),
      });
    expect((await api.get(`/customers/${own}`, { key, headers: { 'letopis-reason': 'ticket-4711' } })).status).toBe(200);
    expect(await entriesOf('asked-why', 1)).toEqual([`customer ${own}`]);
    expect((await log('actorId=asked-why')).map(({ reason }) => reason)).toEqual(['ticket-4711']);
    expect((await api.get(`/customers/${own}`, { key: ann })).status).toBe(200);
    expect((await publish({})).status).toBe(200);
    expect((await api.get(`/customers/${own}`, { key })).status).toBe(200);
  });

  it('an entry is stored before the answer is sent', async () => {
    await publish({ durableFor: ['supervisor'] });
    const key = await api.keyFor('supervisor', 'stored-first');
    for (let n = 1; n <= 5; n++) {
      await api.get(`/customers/${own}`, { key });
      expect(await log('actorId=stored-first')).toHaveLength(n);
    }
    await publish({});
  });

  it('a role or a member that there is not is rejected', async () => {
    for (const document of [{ reasonRequiredOf: ['boss'] }, { durableFor: [] }, { nope: true }])
      expect((await publish(document)).status).toBe(422);
  });
});
