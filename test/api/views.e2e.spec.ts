import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { inbound, nextOf, revisionTag, TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
let position: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register('cur-v');
  await api.post('/subscribers', { subscriberId: 'shop', contact: 'dpo@example.org', deadlineDays: 7 }, { key: await api.keyFor('admin') });
  const { body: deal } = await api.post(`/customers/${customerId}/deals`, { acquisition: { source: 'fair' } });
  await api.post(`/customers/${customerId}/purchases`, { item: 'book', quantity: 1, amount: { minor: 1_000, currency: 'EUR' } });
  const lost = await api.post(`/customers/${customerId}/deals/${deal.ids.dealId}/lose`, { reason: 'price' });
  position = lost.body.position;
});
afterAll(() => api.close());

const fresh = () => ({ headers: { 'min-position': position } });

describe('views', () => {
  it('all answer, and have seen what was written before', async () => {
    for (const { path, name, parameters, roles } of viewCatalogue) {
      // There is no import here; test/cli asks for those that it makes.
      if (/^import/.test(name)) continue;
      const address = path
        .replace(':customerId', customerId)
        .replace(':policyName', 'ladder')
        .replace(':curatorId', 'cur-v')
        .replace(':subscriberId', 'shop')
        .replace(':view', 'funnel');
      const query = new URLSearchParams();
      if ('asOf' in parameters) query.set('asOf', '2031-01-01');
      if (name === 'events-behind') query.set('series', 'measure=entered|');
      if (name === 'ladder-moves') query.set('from', '2020-01-01');
      if (name === 'ladder-customers') query.set('rung', 'purchaser');
      if (name === 'desk') query.set('curatorId', 'cur-v');
      if (name === 'retention-preview') query.set('document', '{"perDay":1}');
      const { status, body } = await api.get(`${address}?${query}`, { ...fresh(), key: await api.keyOfAny(roles) });
      expect({ name, status, type: body.type }).toEqual({ name, status: 200, type: undefined });
    }
  });

  it('compose the card with the figures of churn, and its ETag is the revision that a command may be tied to', async () => {
    const answer = await api.get(`/customers/${customerId}`, fresh());
    const { body, headers } = answer;
    expect(body).toMatchObject({ customerId, displayName: 'Ольга Ветрова', curator: { curatorId: 'cur-v' }, revision: 4 });
    expect(body.churn.figures).not.toBeNull();
    expect([headers.get('etag'), revisionTag(answer)]).toEqual([expect.stringMatching(/^"4\.[\w-]{22}"$/), '"4"']);
    expect(
      (await api.post(`/customers/${customerId}/contacts`, inbound, { headers: { 'if-match': headers.get('etag') as string } })).status,
    ).toBe(201);
  });

  it('answer as of a time before: nobody was known then', async () => {
    expect((await api.get(`/customers/${customerId}?asOf=2001-01-01`, fresh())).status).toBe(404);
    expect((await api.get(`/views/deals?asOf=2001-01-01`, fresh())).body.deals).toEqual([]);
  });

  it('name the events behind a number', async () => {
    const { body } = await api.get('/views/loss-reasons', fresh());
    const price = body.groups.find(({ key }: { key: { reason: string } }) => key.reason === 'price');
    expect(price.losses).toBe(1);
    const { body: behind } = await api.get(`/views/loss-reasons/events?series=${encodeURIComponent(price.series.losses)}`, fresh());
    const { body: audit } = await api.get(`/customers/${customerId}/events`);
    const loss = audit.events.find(({ type }: { type: string }) => type === 'deal-lost');
    expect(behind.contributors).toEqual([expect.objectContaining({ customerId, events: [loss.id] })]);
  });

  it('name the events behind a group of the funnel, at a time and as known then', async () => {
    const { body: audit } = await api.get(`/customers/${customerId}/events`);
    const of = (type: string) => audit.events.find((event: { type: string }) => event.type === type).id;
    const behind = async (series: string, times: string) =>
      (await api.get(`/views/funnel/events?series=${encodeURIComponent(series)}&${times}`, fresh())).body.contributors;
    for (const [by, key] of [
      ['curator', 'cur-v'],
      ['source', 'fair'],
      ['segment', null],
    ] as const) {
      const { body } = await api.get(`/views/funnel?by=${by}`, fresh());
      const { stages, overall } = body.groups.find((group: { key: string | null }) => group.key === key);
      const lead = stages.find(({ stage }: { stage: string }) => stage === 'lead');
      expect([lead.entered, lead.inStage, lead.lost, overall.lost]).toEqual([1, 0, 1, 1]);
      const times = `asOf=${body.asOf}`;
      // Who entered the stage less who left it.
      expect(await behind(lead.series.inStage, times)).toMatchObject([
        { customerId, amount: 1, events: [of('deal-opened')] },
        { customerId, amount: -1, events: [of('deal-lost')] },
      ]);
      expect(await behind(lead.series.entered, times)).toMatchObject([{ customerId, amount: 1, events: [of('deal-opened')] }]);
      expect(await behind(overall.series.lost, times)).toMatchObject([{ customerId, amount: 1, events: [of('deal-lost')] }]);
      expect(await behind(overall.series.lost, `${times}&knownAt=2001-01-01`)).toEqual([]);
    }
  });

  it('name the events behind a sum of series, its signs encoded or not, of all customers or of one', async () => {
    const sum = 'measure=entered|stage=lead|+measure=re-entered|stage=lead|-measure=left|stage=lead|';
    for (const asked of [encodeURIComponent(sum), sum.replaceAll('|', '%7C')])
      for (const [only, amounts] of [
        ['', [1, -1]],
        [`&customerId=${customerId}`, [1, -1]],
        ['&customerId=somebody', []],
      ] as const) {
        const { body: behind } = await api.get(`/views/funnel/events?series=${asked}${only}`, fresh());
        expect(behind.contributors.map(({ amount }: { amount: number }) => amount)).toEqual(amounts);
      }
    expect((await api.get('/views/funnel/events?series=measure%3Dwon%7Cderived%3Dstars%7C')).body.type).toBe('/problems/invalid-query');
    for (const series of [
      'foo',
      'stage=lead|',
      'measure=',
      'measure=winnings|',
      'measure=won|colour=red|',
      'measure=won|source=fair',
      'measure=%E0%|',
      'derived=stars|',
    ]) {
      const { body } = await api.get(`/views/funnel/events?series=${encodeURIComponent(series)}`);
      expect([body.type, body.errors[0].pointer, body.errors[0].detail]).toEqual([
        '/problems/invalid-query',
        'series',
        expect.stringMatching(
          /must be a series as answers name it|(derived|measure) must be one of|colour is no dimension of won; it has curator, days/,
        ),
      ]);
    }
  });

  it('reject days that are none, and cursors that they did not make', async () => {
    for (const days of ['foo', '2026-01-01', '2026-02-31..', '..foo', '2026-01-01..2026-01-02..']) {
      const series = encodeURIComponent(`measure=entered|days=${days}|`);
      const { body } = await api.get(`/views/funnel/events?series=${series}`);
      expect([days, body.errors?.[0]?.detail]).toEqual([days, expect.stringContaining('days must be existing days')]);
    }
    for (const cursor of ['W10', 'eyJ9', 'W251bGwsMV0']) {
      const { body } = await api.get(`/views/funnel/events?series=measure%3Dentered%7C&cursor=${cursor}`);
      expect([cursor, body.errors?.[0]?.pointer]).toEqual([cursor, 'cursor']);
    }
  });

  it('reject a time that they do not take, say why, and what takes it', async () => {
    const { body: openApi } = await api.get('/openapi.json');
    for (const [address, time, instead] of [
      ['/customers', 'knownAt', '/customers/{customerId}'],
      ['/views/churn/customers', 'knownAt', '/customers/{customerId}/churn'],
      ['/views/desk', 'knownAt', '/views/desk/supervisor'],
      ['/views/ladder/moves', 'asOf', '`to`'],
    ] as const) {
      const { status, body } = await api.get(`${address}?${time}=2026-01-01`);
      expect([address, status, body.type, body.errors]).toEqual([
        address,
        400,
        '/problems/invalid-query',
        [{ pointer: time, detail: expect.stringMatching(/^is not supported here: /) }],
      ]);
      expect(body.errors[0].detail).toContain(instead);
      expect(openApi.paths[address].get.description).toContain(`Takes no \`${time}\`: `);
    }
  });

  it('score a customer among all as known now, so not as known then', async () => {
    const churn = async (query: string) => (await api.get(`/customers/${customerId}/churn${query}`, fresh())).body;
    expect(await churn('')).toHaveProperty('rfm');
    expect(await churn('?knownAt=2031-01-01')).not.toHaveProperty('rfm');
    expect(await churn('?knownAt=2031-01-01&rfm=true')).toMatchObject({ type: '/problems/invalid-query' });
  });

  it('answer 404 for a customer, a policy, a curator and a view that are not there', async () => {
    for (const address of [
      '/customers/nobody',
      '/customers/nobody/timeline',
      '/customers/nobody/events',
      '/customers/nobody/events?from=5',
      '/policies/gravity',
      '/curators/nobody',
      '/views/gravity/events?series=x',
    ])
      expect((await api.get(address)).body.type).toBe('/problems/not-found');
  });
});

describe('Min-Position', () => {
  it('lets a query see the write that it names', async () => {
    for (let round = 0; round < 20; round++) {
      const { body } = await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: `round ${round}` });
      const { body: timeline } = await api.get(`/customers/${customerId}/timeline?limit=1`, { headers: { 'min-position': body.position } });
      expect(timeline.entries[0].data.summary).toBe(`round ${round}`);
    }
  });

  it('answers 503 with Retry-After when the view does not get there in time', async () => {
    const own = await TestApi.start();
    await own.running.services.projector.stop();
    const { body: written } = await own.post('/customers', { kind: 'person' });
    const start = performance.now();
    const { status, headers, body } = await own.get('/views/funnel', { headers: { 'min-position': written.position }, once: true });
    expect([status, body.type, headers.get('retry-after')]).toEqual([503, '/problems/view-behind', '1']);
    expect(performance.now() - start).toBeGreaterThan(1_900);
    await own.close();
  });

  it('is rejected where it is no position, or one that the log has not reached', async () => {
    for (const given of ['soon!', '1', 'abc', '9'.repeat(20)]) {
      const { status, body } = await api.get('/views/funnel', { headers: { 'min-position': given } });
      expect({ given, status, type: body.type }).toEqual({ given, status: 400, type: '/problems/invalid-header' });
    }
  });
});

describe('pages', () => {
  it('lead on by their Link, without gap or repetition, to the end', async () => {
    const own = await api.register();
    let last = '';
    for (let i = 0; i < 7; i++)
      last = (await api.post(`/customers/${own}/contacts`, { ...inbound, occurredAt: `2026-01-0${i + 1}T10:00:00Z` })).body.position;
    for (const [address, member, expected] of [
      [`/customers/${own}/timeline?limit=3&order=oldest`, 'entries', 8],
      [`/customers/${own}/events?limit=3`, 'events', 8],
    ] as const) {
      const seen: number[] = [];
      for (let next: string | undefined = address; next !== undefined; ) {
        const page = await api.get(next, { headers: { 'min-position': last } });
        seen.push(...page.body[member].map(({ revision }: { revision: number }) => revision));
        next = nextOf(page, next);
      }
      expect({ address, count: new Set(seen).size, length: seen.length }).toEqual({ address, count: expected, length: expected });
    }
  });

  it('of the log go on after a position', async () => {
    const { body: all } = await api.get('/events?limit=1000');
    const seen: string[] = [];
    for (let next: string | undefined = '/events?limit=5'; next !== undefined; ) {
      const page = await api.get(next);
      seen.push(...page.body.events.map(({ id }: { id: string }) => id));
      next = nextOf(page, next);
    }
    expect(seen).toEqual(all.events.map(({ id }: { id: string }) => id));
    const { body } = await api.get('/events?types=deal-lost,purchase-recorded');
    expect(body.events.map(({ type }: { type: string }) => type)).toEqual(['purchase-recorded', 'deal-lost']);
  });
});

describe('a policy that was just published', () => {
  it('is not named by the views before they are built under it', async () => {
    await api.post(`/customers/${customerId}/purchases`, {
      item: 'book',
      quantity: 1,
      amount: { minor: 1_000, currency: 'EUR' },
      occurredAt: '2026-01-01T00:00:00Z',
    });
    const { body: before } = await api.get('/policies/ladder');
    const document = { ...before.versions.at(-1).document, clientPurchaseDays: 3 };
    const { body: published } = await api.post('/policies/ladder', { document, effectiveFrom: '2026-01-01T00:00:00Z' });
    const headers = { 'min-position': published.position };
    for (let version = 1; version < 2; ) {
      const [{ body: sums }, { body: one }] = [
        await api.get('/views/ladder', { headers }),
        await api.get(`/customers/${customerId}/ladder`, { headers }),
      ];
      version = sums.policies.ladder;
      const on = (wanted: string) => sums.rungs.find(({ rung }: { rung: string }) => rung === wanted).customers;
      expect([version, on('client'), on('purchaser')]).toEqual(version === 1 ? [1, 1, 0] : [2, 0, 1]);
      expect([one.policyVersion, one.rung]).toEqual(one.policyVersion === 1 ? [1, 'client'] : [2, 'purchaser']);
    }
  });
});

describe('curators', () => {
  it('are listed by registration, name or team, either way, page by page, and counted', async () => {
    for (const [curatorId, displayName, team] of [
      ['order-1', 'Émile', 'b'],
      ['order-2', undefined, 'a'],
      ['order-3', 'anna', undefined],
    ])
      await api.post('/curators', { curatorId, displayName, team });
    const ids = (body: { curators: readonly { curatorId: string }[] }) =>
      body.curators.map(({ curatorId }) => curatorId).filter((id) => id.startsWith('order-'));
    const listed = async (query: string) => ids((await api.get(`/curators?${query}`)).body);
    expect(await listed('')).toEqual(['order-1', 'order-2', 'order-3']);
    expect(await listed('direction=desc')).toEqual(['order-3', 'order-2', 'order-1']);
    expect(await listed('sort=registeredAt')).toEqual(['order-1', 'order-2', 'order-3']);
    expect(await listed('sort=name')).toEqual(['order-2', 'order-3', 'order-1']);
    expect(await listed('sort=team&direction=desc')).toEqual(['order-1', 'order-2', 'order-3']);
    const { body } = await api.get('/curators');
    expect(body.total).toBeUndefined();
    const paged: string[] = [];
    for (let next: string | undefined = '/curators?sort=name&limit=1&total=true'; next !== undefined; ) {
      const page = await api.get(next);
      expect(page.body.total).toBe(body.curators.length);
      paged.push(...ids(page.body));
      next = nextOf(page, next);
    }
    expect(paged).toEqual(['order-2', 'order-3', 'order-1']);
    const first = '/curators?sort=name&limit=1';
    const cursor = new URL(nextOf(await api.get(first), first)!, api.running.url).searchParams.get('cursor')!;
    for (const order of ['', 'sort=team', 'sort=name&direction=desc']) {
      const { status, body: problem } = await api.get(`/curators?${order}&cursor=${cursor}`);
      expect({ order, status, errors: problem.errors }).toEqual({
        order,
        status: 400,
        errors: [{ pointer: 'cursor', detail: 'is not a cursor of this list; start again without cursor' }],
      });
    }
    expect((await api.get(`/curators?sort=name&direction=asc&cursor=${cursor}`)).status).toBe(200);
  });
});
