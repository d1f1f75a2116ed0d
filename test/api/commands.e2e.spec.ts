import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, revisionTag, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const eventsOf = async (customerId: string) => (await api.get(`/customers/${customerId}/events`)).body.events;

describe('a command', () => {
  it('answers 201 with what it made: position, revision, ids, events, an ETag and a Location', async () => {
    const { status, headers, body } = await api.post('/customers', { kind: 'organisation', displayName: '株式会社 山田' });
    expect(status).toBe(201);
    expect(body).toEqual({
      position: expect.stringMatching(/^\d{20}$/),
      revision: 0,
      ids: { customerId: expect.any(String) },
      events: [expect.any(String)],
      replayed: false,
    });
    expect(headers.get('etag')).toBe('"0"');
    expect(headers.get('location')).toBe(`customers/${body.ids.customerId}`);
    const [event] = await eventsOf(body.ids.customerId);
    expect(event).toMatchObject({ id: body.events[0], type: 'customer-registered', revision: 0, data: { displayName: '株式会社 山田' } });
    expect(event.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes ids of the path into the body, and rejects a body that says otherwise', async () => {
    const customerId = await api.register();
    const { body } = await api.post(`/customers/${customerId}/deals`, {});
    const { dealId } = body.ids;
    expect((await api.post(`/customers/${customerId}/deals/${dealId}/stage`, { stage: 'proposal' })).status).toBe(200);
    const { status, body: problem } = await api.post(`/customers/${customerId}/deals/${dealId}/stage`, {
      stage: 'contract',
      dealId: 'other',
    });
    expect({ status, errors: problem.errors }).toEqual({ status: 422, errors: [{ pointer: '/dealId', detail: 'differs from the path' }] });
  });

  it('records back-dated events when they were true, in UTC', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/contacts`, { ...inbound, occurredAt: '2024-02-29T23:30:00+05:00' });
    expect((await eventsOf(customerId)).at(-1).occurredAt).toBe('2024-02-29T18:30:00.000Z');
  });

  it('reads its own publication: the next command is decided under the new policy', async () => {
    const customerId = await api.register();
    const channels = (await api.get('/policies/channels')).body.versions.at(-1).document;
    const contact = { ...inbound, channel: 'carrier-pigeon' };
    expect((await api.post(`/customers/${customerId}/contacts`, contact)).body.type).toBe('/problems/channel-unknown');
    const document = { ...channels, channels: [...channels.channels, 'carrier-pigeon'] };
    expect((await api.post('/policies/channels', { document })).status).toBe(200);
    expect((await api.post(`/customers/${customerId}/contacts`, contact)).status).toBe(201);
    const answer = await api.get('/policies/channels');
    expect([answer.body.versions.length, revisionTag(answer)]).toEqual([2, '"0"']);
  });

  it('knows a curator at once', async () => {
    const customerId = await api.register();
    expect((await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-7' })).body.type).toBe('/problems/curator-unknown');
    await api.post('/curators', { curatorId: 'cur-7', displayName: 'Ada' });
    expect((await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-7' })).status).toBe(200);
    await api.post('/curators', { curatorId: 'cur-9' });
    expect((await api.post('/curators/cur-7/depart', { to: 'cur-9' })).status).toBe(200);
    expect((await api.get('/curators/cur-7')).body).toMatchObject({ curatorId: 'cur-7', departedAt: expect.any(String) });
    expect((await api.post(`/customers/${await api.register()}/curator`, { curatorId: 'cur-7' })).body.type).toBe(
      '/problems/curator-departed',
    );
  });

  it('gives nothing to a curator who has left, and records late what was given before', async () => {
    const customerId = await api.register();
    const [early, left, late] = ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'];
    await api.post('/curators', { curatorId: 'cur-8', occurredAt: '2026-01-01T00:00:00Z' });
    await api.post('/curators/cur-8/depart', { occurredAt: left });
    const give = async (occurredAt?: string) => {
      const at = { curatorId: 'cur-8', occurredAt };
      const answers = [
        await api.post(`/customers/${customerId}/curator`, at),
        await api.post(`/customers/${customerId}/deals`, at),
        await api.post(`/customers/${customerId}/promises`, { ...at, text: 'call back', dueAt: late }),
      ];
      return answers.map(({ status, body }) => body.type ?? status);
    };
    expect(await give(late)).toEqual(Array(3).fill('/problems/curator-departed'));
    expect(await give(early)).toEqual([200, 201, 201]);
    await api.post('/curators', { curatorId: 'cur-8' });
    expect(await give()).toEqual(['/problems/curator-already-assigned', 201, 201]);
  });
});

describe('a repeated command', () => {
  it('is answered as the first time and appends nothing, ids made for it included', async () => {
    const headers = { 'idempotency-key': 'reg-1' };
    const first = await api.post('/customers', { kind: 'person' }, { headers });
    const second = await api.post('/customers', { kind: 'person' }, { headers });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual({ ...first.body, replayed: true });
    const { customerId } = first.body.ids;
    const contact = { headers: { 'idempotency-key': 'contact-1' } };
    const [one, ...others] = await Promise.all(
      Array.from({ length: 8 }, () => api.post(`/customers/${customerId}/contacts`, inbound, contact)),
    );
    expect(new Set([one, ...others].map((answer) => JSON.stringify([answer?.body.ids, answer?.body.events]))).size).toBe(1);
    expect((await eventsOf(customerId)).length).toBe(2);
  });

  it('is rejected when the same key comes with another body', async () => {
    const customerId = await api.register();
    const headers = { 'idempotency-key': 'key-1' };
    await api.post(`/customers/${customerId}/contacts`, inbound, { headers });
    const { status, body } = await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: 'other' }, { headers });
    expect([status, body.type]).toEqual([422, '/problems/idempotency-conflict']);
    expect((await api.post('/customers', { kind: 'person' }, { headers: { 'idempotency-key': 'reg-1x' } })).status).toBe(201);
    expect((await api.post('/customers', { kind: 'organisation' }, { headers: { 'idempotency-key': 'reg-1x' } })).status).toBe(422);
  });

  it('is rejected when the same key comes for another record, and nothing is appended there', async () => {
    const [one, other] = [await api.register(), await api.register()];
    const headers = { 'idempotency-key': 'key-2' };
    await api.post(`/customers/${one}/contacts`, inbound, { headers });
    const { status, body } = await api.post(`/customers/${other}/contacts`, inbound, { headers });
    expect([status, body.type]).toEqual([422, '/problems/idempotency-conflict']);
    expect((await eventsOf(other)).length).toBe(1);
    const created = (customerId: string) =>
      api.post('/customers', { customerId, kind: 'person' }, { headers: { 'idempotency-key': 'key-3' } });
    expect([(await created('chosen-1')).status, (await created('chosen-2')).status]).toEqual([201, 422]);
    expect((await api.get('/customers/chosen-2')).status).toBe(404);
  });

  it('keeps the keys of different API keys apart', async () => {
    const customerId = await api.register();
    const headers = { 'idempotency-key': 'same' };
    await api.post(`/customers/${customerId}/contacts`, inbound, { headers });
    expect(
      (await api.post(`/customers/${customerId}/contacts`, inbound, { headers, key: await api.keyFor('service') })).body.replayed,
    ).toBe(false);
  });

  it('is told by its source where there is no idempotency key', async () => {
    const customerId = await api.register();
    const headers = { 'letopis-source': 'mail%2Fbox/%3C4711%40example%3E' };
    await api.post(`/customers/${customerId}/contacts`, inbound, { headers });
    const { body } = await api.post(`/customers/${customerId}/contacts`, inbound, { headers, key: await api.keyFor('service') });
    expect(body.replayed).toBe(true);
    expect((await eventsOf(customerId)).at(-1).source).toEqual({ system: 'mail/box', id: '<4711@example>' });
  });
});

describe('If-Match', () => {
  it('answers 412 when the record has changed, and lets the command pass when it has not', async () => {
    const customerId = await api.register();
    const send = (etag: string) => api.post(`/customers/${customerId}/contacts`, inbound, { headers: { 'if-match': etag } });
    expect((await send('"0"')).headers.get('etag')).toBe('"1"');
    const { status, body } = await send('"0"');
    expect({ status, ...body }).toMatchObject({ status: 412, type: '/problems/revision-mismatch', expectedRevision: 0, actualRevision: 1 });
    expect((await send('W/"1"')).status).toBe(201);
    expect((await send('twelve')).body.type).toBe('/problems/invalid-header');
  });
});

describe('a rejection', () => {
  it('has a status by its kind and a type that leads to a page', async () => {
    const customerId = await api.register();
    const { body: deal } = await api.post(`/customers/${customerId}/deals`, {});
    const at = `/customers/${customerId}/deals/${deal.ids.dealId}`;
    await api.post(`${at}/win`, { amount: { minor: 100, currency: 'EUR' } });
    const domainRejections = await Promise.all([
      api.post('/customers/nobody-here/contacts', inbound),
      api.post(`${at}/stage`, { stage: 'proposal' }),
      api.post(`/customers/${customerId}/contacts`, { ...inbound, channel: 'telepathy' }),
      api.post(`/customers/${customerId}/contacts`, { ...inbound, occurredAt: '2999-01-01T00:00:00Z' }),
    ]);
    expect(domainRejections.map(({ status, body }) => `${status} ${body.type}`)).toEqual([
      '404 /problems/customer-unknown',
      '409 /problems/deal-closed',
      '422 /problems/channel-unknown',
      '422 /problems/occurred-in-future',
    ]);
    for (const { body } of domainRejections) expect((await api.get(body.type, { key: undefined as never })).status).toBe(200);
    expect((await eventsOf(customerId)).length).toBe(3);
  });

  it('records what is confirmed of a day before now, once, and answers an undated repetition as already so', async () => {
    const customerId = await api.register();
    for (const curatorId of ['ann', 'bea']) await api.post('/curators', { curatorId, occurredAt: '2026-01-01T00:00:00Z' });
    const [first, second, third] = ['2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z', '2026-02-03T00:00:00Z'];
    const assign = async (curatorId: string, occurredAt?: string) => {
      const { status, body } = await api.post(`/customers/${customerId}/curator`, { curatorId, ...(occurredAt && { occurredAt }) });
      return body.type ?? status;
    };
    const correct = async (to: string, occurredAt?: string) => {
      const { body } = await api.post(`/customers/${customerId}/corrections`, { field: 'segment', to, ...(occurredAt && { occurredAt }) });
      return body.events.length;
    };
    const already = '/problems/curator-already-assigned';
    expect([await assign('ann', first), await assign('ann', third), await assign('bea', second)]).toEqual([200, 200, 200]);
    expect([await assign('ann', third), await assign('ann')]).toEqual([already, already]);
    expect([await correct('silver', first), await correct('silver', third), await correct('gold', second)]).toEqual([1, 1, 1]);
    expect([await correct('silver', third), await correct('silver')]).toEqual([0, 0]);
  });
});
