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
    await api.post('/curators', { curatorId: 'cur-next' });
    expect((await api.post('/curators/cur-gone/depart', { to: 'cur-next' })).status).toBe(200);
    expect(await asked(key)).toEqual([401, 401, 401, 401, 401]);
    await feed.ended;
    expect((await api.post('/curators', { curatorId: 'cur-gone' })).status).toBe(201);
    expect(await asked(key)).toEqual([401, 401, 401, 401, 401]);
    expect(await asked(await api.keyFor('curator', 'cur-gone'))).toEqual([404, 200, 404, 201, 200]);
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

const due = '2031-01-12T10:00:00.000Z';
const plan = { channel: 'phone', direction: 'outbound', purpose: 'service', plannedFor: due };
const curators = async (...ids: readonly string[]) => {
  for (const curatorId of ids) await api.post('/curators', { curatorId });
};
const eventsOf = async (customerId: string) => (await api.get(`/customers/${customerId}/events`)).body.events;
const summary = ({ status, body }: Awaited<ReturnType<TestApi['get']>>) => ({ status, type: body.type });

/** A customer of the owner's, with a planned contact, a promise and a deal that were given to the helper. */
const helped = async (customerId: string, owner: string, helper: string) => {
  await api.post('/customers', { customerId, kind: 'person' });
  await api.post(`/customers/${customerId}/curator`, { curatorId: owner });
  const answers = [
    await api.post(`/customers/${customerId}/contacts/plan`, { ...plan, contactId: 'k', curatorId: helper }),
    await api.post(`/customers/${customerId}/promises`, { promiseId: 'p', text: 'repair', dueAt: due, curatorId: helper }),
    await api.post(`/customers/${customerId}/deals`, { dealId: 'd', curatorId: helper }),
  ];
  expect(answers.map(({ status, body }) => [status, body.opensTo])).toEqual(Array(3).fill([201, [helper]]));
  return answers.at(-1)!.body.position as string;
};

describe('the departure of a curator', () => {
  it('is rejected while customers or open work are left, with how many, the first of them, and where all are listed', async () => {
    await curators('owner', 'helper');
    const position = await helped('m22', 'owner', 'helper');
    const rejected = await api.post('/curators/helper/depart', { reason: 'left' });
    expect(summary(rejected)).toEqual({ status: 409, type: '/problems/curator-has-work' });
    expect(rejected.body).toMatchObject({
      left: 3,
      first: ['contact k', 'deal d', 'promise p'].map((each) => {
        const [kind, id] = each.split(' ');
        return expect.objectContaining({ kind, id, customerId: 'm22' });
      }),
      listedAt: ['/customers?curatorId=helper', '/customers?workOf=helper'],
    });
    expect((await api.post('/curators/owner/depart', {})).body).toMatchObject({
      left: 1,
      first: [{ kind: 'customer', customerId: 'm22' }],
    });
    const listed = async (query: string) =>
      (await api.get(`/customers?${query}`, { headers: { 'min-position': position } })).body.customers.map(
        ({ customerId }: { customerId: string }) => customerId,
      );
    expect([await listed('workOf=helper'), await listed('curatorId=helper'), await listed('curatorId=owner')]).toEqual([
      ['m22'],
      [],
      ['m22'],
    ]);
    expect((await api.get('/curators/helper/departure')).body).toMatchObject({ status: 'active', left: 3 });
  });

  it('hands everything to the successor by ordinary commands, one event each, and is done then', async () => {
    await curators('owner2', 'helper2', 'heir');
    await helped('m23', 'owner2', 'helper2');
    await helped('m24', 'helper2', 'helper2');
    const before = (await eventsOf('m23')).length;
    const headers = { 'idempotency-key': 'helper2-leaves' };
    const departed = await api.post('/curators/helper2/depart', { to: 'heir', reason: 'left' }, { headers });
    expect(departed.status).toBe(200);
    expect(departed.body.events).toHaveLength(2);
    const { body: log } = await api.get('/events?limit=1000');
    const [begun, done] = departed.body.events.map((id: string) => log.events.find((event: { id: string }) => event.id === id));
    expect([begun, done].map(({ type, data }) => [type, data])).toEqual([
      ['curator-departure-begun', { curatorId: 'helper2', to: 'heir', reason: 'left' }],
      ['curator-departed', { curatorId: 'helper2', reason: 'left' }],
    ]);
    const moved = (await eventsOf('m23')).slice(before);
    expect(moved.map(({ type, data }: { type: string; data: object }) => ({ type, ...data })).sort(byType)).toEqual([
      { type: 'contact-reassigned', contactId: 'k', curatorId: 'heir', formerCuratorId: 'helper2' },
      { type: 'deal-reassigned', dealId: 'd', curatorId: 'heir', formerCuratorId: 'helper2' },
      { type: 'promise-reassigned', promiseId: 'p', curatorId: 'heir', formerCuratorId: 'helper2' },
    ]);
    for (const { causationId, correlationId, actor } of moved)
      expect({ causationId, correlationId, actor }).toEqual({
        causationId: begun.id,
        correlationId: begun.correlationId,
        actor: begun.actor,
      });
    const { body: again } = await api.post('/curators/helper2/depart', { to: 'heir', reason: 'left' }, { headers });
    expect(again).toEqual({ ...departed.body, replayed: true });
    const { body: other } = await api.post('/curators/helper2/depart', { to: 'owner2' }, { headers });
    expect(other.type).toBe('/problems/idempotency-conflict');
    expect(await eventsOf('m23')).toHaveLength(before + 3);
    const key = await api.keyFor('curator', 'heir');
    // Without it a view that is behind knows neither of them yet.
    const read = { key, headers: { 'min-position': done.position } };
    expect((await api.get('/customers/m23', read)).status).toBe(200);
    expect((await api.get('/customers/m24', read)).status).toBe(200);
    const { body: desk } = await api.get('/views/desk?date=2031-01-12', read);
    expect(desk.plan.map(({ customerId, id }: { customerId: string; id: string }) => `${customerId} ${id}`).sort()).toEqual([
      'm23 k',
      'm23 p',
      'm24 k',
      'm24 p',
    ]);
    const { body: deals } = await api.get('/views/deals', read);
    expect(
      deals.deals.map(({ customerId, curatorId }: { customerId: string; curatorId: string }) => [customerId, curatorId]).sort(),
    ).toEqual([
      ['m23', 'heir'],
      ['m24', 'heir'],
    ]);
    const { body: card } = await api.get('/customers/m23', read);
    expect([card.curator.curatorId, card.openTo, card.nextPlannedContact.curatorId, card.openPromises[0].curatorId]).toEqual([
      'owner2',
      ['heir'],
      'heir',
      'heir',
    ]);
    expect((await api.get('/curators/helper2/departure')).body).toEqual({
      curatorId: 'helper2',
      status: 'departed',
      to: 'heir',
      left: 0,
      first: [],
    });
  });

  it('asked for again, or by a key that is repeated, takes over what was given to the curator by whoever did not know', async () => {
    await curators('early', 'late-heir', 'other-heir');
    const headers = { 'idempotency-key': 'early-leaves' };
    const depart = () => api.post('/curators/early/depart', { to: 'late-heir' }, { headers });
    const first = await depart();
    expect([first.status, first.body.events.length]).toEqual([200, 2]);
    // Dated back to when the curator worked here, as a process gives it that has not seen the departure yet.
    const give = async () => {
      const customerId = await api.register();
      const { status } = await api.post(`/customers/${customerId}/curator`, { curatorId: 'early', occurredAt: '2026-01-01T00:00:00.000Z' });
      expect(status).toBe(200);
      return customerId;
    };
    const holder = async (customerId: string) => (await eventsOf(customerId)).at(-1).data.curatorId;
    const [one, two] = [await give(), await give()];
    expect((await api.get('/curators/early/departure')).body).toMatchObject({ status: 'departed', left: 2 });
    expect((await depart()).body).toEqual({ ...first.body, replayed: true });
    expect([await holder(one), await holder(two)]).toEqual(['late-heir', 'late-heir']);
    const three = await give();
    expect((await api.post('/curators/early/depart', { to: 'other-heir' })).body).toMatchObject({ events: [] });
    expect(await holder(three)).toBe('other-heir');
    expect((await api.get('/curators/early/departure')).body).toMatchObject({ status: 'departed', left: 0 });
    await api.post('/curators', { curatorId: 'early' });
    expect((await depart()).body).toEqual({ ...first.body, replayed: true });
    expect((await api.get('/curators/early/departure')).body).toMatchObject({ status: 'active' });
  });

  it('takes no customer and no work to a curator who is leaving, and none for it to nobody', async () => {
    await curators('stuck', 'other');
    const customerId = await api.register('stuck');
    await api.post('/curators/other/depart', {});
    for (const [to, type] of [
      ['other', 'curator-departed'],
      ['nobody-here', 'curator-unknown'],
      ['stuck', 'curator-departing'],
    ]) {
      const { body } = await api.post('/curators/stuck/depart', { to });
      expect(body.type).toBe(`/problems/${type}`);
    }
    expect((await api.get('/curators/stuck/departure')).body).toMatchObject({ status: 'active', left: 1 });
    expect((await api.get(`/customers/${customerId}/events`, { key: await api.keyFor('curator', 'stuck') })).status).toBe(200);
  });

  it('rejects whatever would give a leaving curator more, and goes to another successor where the first cannot take it', async () => {
    await curators('leaver', 'first', 'second');
    const customerId = await api.register('leaver');
    const { commands } = api.running.services;
    // A process that ended after the beginning: what it would have sent next was never sent.
    await api.running.services.deciding.execute({
      name: 'depart-curator',
      targetId: 'leaver',
      body: { to: 'first' },
      keyScope: 'k',
      actor: { kind: 'supervisor', id: 'sup-1' },
    });
    await commands.execute({
      name: 'depart-curator',
      targetId: 'first',
      body: {},
      keyScope: 'k',
      actor: { kind: 'supervisor', id: 'sup-1' },
    });
    expect((await api.get('/curators/leaver')).body).toMatchObject({ departingSince: expect.any(String), to: 'first' });
    const other = await api.register();
    const rejected = [
      await api.post(`/customers/${other}/curator`, { curatorId: 'leaver' }),
      await api.post(`/customers/${other}/contacts/plan`, { ...plan, curatorId: 'leaver' }),
      await api.post(`/customers/${other}/promises`, { text: 'repair', dueAt: due, curatorId: 'leaver' }),
      await api.post(`/customers/${other}/deals`, { curatorId: 'leaver' }),
      await api.post('/customers', { kind: 'person' }, { key: await api.keyFor('curator', 'leaver') }),
    ];
    expect(rejected.map(summary)).toEqual(Array(5).fill({ status: 409, type: '/problems/curator-departing' }));
    expect((await api.post('/curators/leaver/depart', { to: 'first' })).body.type).toBe('/problems/curator-departed');
    expect((await api.post('/curators/leaver/depart', {})).body.type).toBe('/problems/curator-has-work');
    expect((await api.post('/curators/leaver/depart', { to: 'second' })).status).toBe(200);
    const { body: card } = await api.get(`/customers/${customerId}/events`);
    expect(card.events.at(-1).data).toMatchObject({ curatorId: 'second', formerCuratorId: 'leaver' });
  });

  it('finds what is left with the views standing still, and with none', async () => {
    await curators('unseen', 'taker');
    await api.running.services.projector.stop();
    await helped('m25', 'taker', 'unseen');
    await helped('m26', 'unseen', 'taker');
    expect((await api.post('/curators/unseen/depart', {})).body).toMatchObject({ left: 4 });
    expect((await api.post('/curators/unseen/depart', { to: 'taker' })).status).toBe(200);
    expect((await api.get('/curators/unseen/departure')).body).toMatchObject({ status: 'departed', left: 0 });
    const blind = await TestApi.start({ PROJECTOR: 'off' }, undefined, async () => undefined);
    for (const curatorId of ['ann', 'bea']) await blind.post('/curators', { curatorId });
    const customerId = await blind.register('ann');
    await blind.post(`/customers/${customerId}/deals`, { curatorId: 'bea' });
    expect((await blind.post('/curators/ann/depart', {})).body).toMatchObject({ left: 1 });
    expect((await blind.post('/curators/ann/depart', { to: 'bea' })).status).toBe(200);
    expect((await blind.post('/curators/bea/depart', {})).body).toMatchObject({ left: 2 });
    await blind.close();
  });
});

const byType = (one: { type: string }, other: { type: string }) => (one.type < other.type ? -1 : 1);

describe('what belongs to nobody', () => {
  it('is listed for supervisors: customers without a curator, and open work of nobody or of curators who have left', async () => {
    const own = await TestApi.start();
    for (const curatorId of ['ann', 'bea']) await own.post('/curators', { curatorId });
    const free = await own.register();
    await own.post(`/customers/${free}/promises`, { promiseId: 'free', text: 'repair', dueAt: due });
    await own.post(`/customers/${free}/deals`, { dealId: 'free' });
    const held = await own.register('bea');
    await own.post('/curators/ann/depart', {});
    // Recorded late, of a time at which the curator worked here.
    const early = '2026-01-01T00:00:00.000Z';
    const left = await own.register();
    await own.post(`/customers/${left}/curator`, { curatorId: 'ann', occurredAt: early });
    const { body: last } = await own.post(`/customers/${held}/promises`, {
      promiseId: 'late',
      text: 'x',
      dueAt: due,
      curatorId: 'ann',
      occurredAt: early,
    });
    const asked = async (address: string) => (await own.get(address, { headers: { 'min-position': last.position } })).body;
    const { customers } = await asked('/customers?curatorId=none');
    expect(
      customers.map(({ customerId, curatorId }: { customerId: string; curatorId: string | null }) => [customerId, curatorId]).sort(),
    ).toEqual(
      [
        [free, null],
        [left, 'ann'],
      ].sort(),
    );
    const desk = await asked('/views/desk?curatorId=none');
    expect(desk.plan.map(({ customerId, id }: { customerId: string; id: string }) => [customerId, id]).sort()).toEqual(
      [
        [free, 'free'],
        [held, 'late'],
      ].sort(),
    );
    expect([desk.portfolio.count, desk.portfolio.customers.map(({ customerId }: { customerId: string }) => customerId)]).toEqual([
      1,
      [left],
    ]);
    const { deals } = await asked('/views/deals?curatorId=none&status=open');
    expect(deals.map(({ dealId }: { dealId: string }) => dealId)).toEqual(['free']);
    const key = await own.keyFor('curator', 'bea');
    for (const address of [
      '/customers?curatorId=none',
      '/views/desk?curatorId=none',
      '/views/deals?curatorId=none',
      '/customers?workOf=ann',
    ])
      expect([address, (await own.get(address, { key })).status]).toEqual([address, 404]);
    await own.close();
  });
});

describe('a helper', () => {
  it('finds the customers with whom there is open work, and by id and identifier, until it is over', async () => {
    const own = await TestApi.start();
    for (const curatorId of ['ann', 'bea']) await own.post('/curators', { curatorId });
    await own.post('/customers', { customerId: 'h', kind: 'person', identifiers: [{ kind: 'phone', value: '+49 1' }] });
    await own.post('/customers/h/curator', { curatorId: 'ann' });
    const key = await own.keyFor('curator', 'bea');
    const found = async (position: string) => {
      const lists = ['workOf=bea', 'customerId=h', 'identifier=%2B49%201', ''];
      const answers = await Promise.all(
        lists.map((query) => own.get(`/customers?${query}`, { key, headers: { 'min-position': position } })),
      );
      return answers.map(({ body }) => body.customers.length);
    };
    const given = await own.post('/customers/h/promises', { promiseId: 'p', text: 'repair', dueAt: due });
    expect(given.body.opensTo).toBeUndefined();
    expect(await found(given.body.position)).toEqual([0, 0, 0, 0]);
    const reassigned = await own.post('/customers/h/promises/p/reassign', { curatorId: 'bea' });
    expect([reassigned.status, reassigned.body.opensTo]).toEqual([200, ['bea']]);
    expect(await found(reassigned.body.position)).toEqual([1, 1, 1, 0]);
    const kept = await own.post('/customers/h/promises/p/keep', {});
    expect(await found(kept.body.position)).toEqual([0, 0, 0, 0]);
    const call = { headers: { 'idempotency-key': 'k' } };
    for (const replayed of [false, true]) {
      const opened = await own.post(`/customers/h/events/${kept.body.events[0]}/retract`, { reason: 'not yet' }, call);
      expect(opened.body).toMatchObject({ opensTo: ['bea'], ids: { customerId: 'h', promiseId: 'p' }, replayed });
      expect(await found(opened.body.position)).toEqual([1, 1, 1, 0]);
    }
    await own.close();
  });

  it('has, as whoever references a customer, that customer in the own portfolio', async () => {
    const own = await TestApi.start();
    const key = await own.keyFor('curator', 'cleo');
    const { body } = await own.post('/customers', { kind: 'person' }, { key });
    const read = { key, headers: { 'min-position': body.position } };
    expect((await own.get('/customers', read)).body.customers).toMatchObject([{ customerId: body.ids.customerId, curatorId: 'cleo' }]);
    expect((await own.get('/views/desk', read)).body.portfolio.count).toBe(1);
    await own.close();
  });
});
