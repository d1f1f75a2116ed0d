import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ BODY_LIMIT: '4m' });
});
afterAll(() => api.close());

describe('bulk', () => {
  it('executes the items of one customer in their order, and answers each at its own place', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `bulk-${i}`);
    const items = [
      ...ids.map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } })),
      ...[1, 2, 3].flatMap((round) =>
        ids.map((customerId) => ({ name: 'record-contact', customerId, body: { ...inbound, summary: `${customerId} ${round}` } })),
      ),
    ];
    const { status, body } = await api.post('/commands', items);
    expect(status).toBe(200);
    expect(body.results.map((result: { status: number }) => result.status)).toEqual(items.map(() => 201));
    for (const [index, customerId] of ids.entries()) {
      const { events } = (await api.get(`/customers/${customerId}/events`)).body;
      expect(events.map(({ data }: { data: { summary?: string } }) => data.summary)).toEqual([
        undefined,
        ...[1, 2, 3].map((round) => `${customerId} ${round}`),
      ]);
      expect(body.results[index].result.ids).toEqual({ customerId });
    }
  });

  it('stops nobody when one fails, and says what each failed with', async () => {
    const customerId = await api.register();
    const { body } = await api.post('/commands', [
      { name: 'record-contact', customerId, body: inbound },
      { name: 'fly-to-moon', body: {} },
      { name: 'record-contact', customerId, body: { channel: 'phone' } },
      { name: 'record-contact', customerId: 'nobody', body: inbound },
      { name: 'record-contact', customerId: 'n@w.org', body: inbound },
      { name: 'record-contact', customerId, body: inbound, colour: 'red' },
      'nonsense',
      { name: 'publish-policy', policyName: 'gravity', body: { document: {} } },
      { name: 'record-contact', curatorId: 'cur-1', body: inbound },
      { name: 'register-curator', customerId, body: { displayName: 'Ira' } },
      { name: 'record-contact', customerId, body: inbound },
    ]);
    expect(
      body.results.map(({ status, problem }: { status: number; problem?: { type: string } }) => `${status} ${problem?.type ?? ''}`),
    ).toEqual([
      '201 ',
      '422 /problems/unknown-command',
      '422 /problems/invalid-body',
      '404 /problems/customer-unknown',
      '400 /problems/invalid-path',
      '422 /problems/invalid-body',
      '422 /problems/invalid-body',
      '404 /problems/not-found',
      '422 /problems/invalid-body',
      '422 /problems/invalid-body',
      '201 ',
    ]);
    expect(body.results[8].problem.errors).toEqual([
      { pointer: '/curatorId', detail: 'the target of record-contact belongs in customerId' },
      { pointer: '/customerId', detail: 'is required' },
    ]);
  });

  it('appends nothing when it is sent again with its sources or idempotency keys', async () => {
    const customerId = await api.register();
    const items = [
      { name: 'record-contact', customerId, body: inbound, source: { system: 'file.csv', id: '1' } },
      { name: 'record-contact', customerId, body: inbound, source: { system: 'file.csv', id: '2' } },
      { name: 'record-contact', customerId, body: inbound, idempotencyKey: 'k-3' },
    ];
    const first = await api.post('/commands', items);
    const second = await api.post('/commands', items);
    expect(second.body.results.map(({ result }: { result: object }) => result)).toEqual(
      first.body.results.map(({ result }: { result: object }) => ({ ...result, replayed: true })),
    );
    expect((await api.get(`/customers/${customerId}/events`)).body.events).toHaveLength(4);
  });

  it('leaves no trace of what changes nothing with `remember: false`, which is for imports alone', async () => {
    const customerId = await api.register();
    const admin = await api.keyFor('admin');
    const granted = { name: 'grant-consent', customerId, body: { channel: 'email', via: 'form' } };
    const remembered = { ...granted, source: { system: 'crm', id: 'b' } };
    const unremembered = { ...granted, source: { system: 'crm', id: 'c' }, remember: false };
    const send = async (item: object, headers: Record<string, string> = { 'letopis-actor': 'import:crm' }) =>
      (await api.post('/commands', [item], { key: admin, headers })).body.results[0];
    const count = async () => (await api.get(`/customers/${customerId}/events`)).body.events.length;
    expect((await send({ ...granted, source: { system: 'crm', id: 'a' }, remember: false })).result).toMatchObject({ revision: 1 });
    expect((await send(unremembered)).result).toMatchObject({ revision: 1, events: [], replayed: false });
    expect((await send(unremembered)).result).toMatchObject({ revision: 1, events: [], replayed: false });
    expect(await count()).toBe(2);
    expect((await send(remembered)).result).toMatchObject({ revision: 2, events: [], replayed: false });
    expect(await count()).toBe(3);
    const rejected = await send({ ...unremembered, source: { system: 'crm', id: 'd' } }, {});
    expect([rejected.status, rejected.problem.errors]).toEqual([
      422,
      [{ pointer: '/remember', detail: expect.stringContaining('only for an import') }],
    ]);
    const formerly = { system: 'crm', id: 'e' };
    expect((await send({ ...granted, source: { system: 'crm', id: 'f' }, formerly }, {})).problem.errors).toEqual([
      { pointer: '/formerly', detail: expect.stringContaining('only for an import') },
    ]);
    expect((await send({ ...granted, remember: 'no' })).problem.errors).toEqual([
      { pointer: '/remember', detail: 'must be true or false' },
    ]);
    expect(await count()).toBe(3);
  });

  it('appends nothing with `append: false`, which is for imports alone, and says where it would have', async () => {
    const customerId = await api.register();
    const admin = await api.keyFor('admin');
    const send = async (more: object, headers: Record<string, string> = { 'letopis-actor': 'import:crm' }) => {
      const item = { name: 'grant-consent', customerId, body: { channel: 'email', via: 'form' }, remember: false, append: false, ...more };
      return (await api.post('/commands', [item], { key: admin, headers })).body.results[0];
    };
    const { events } = (await api.get(`/customers/${customerId}/events`)).body;
    const withheld = await send({ source: { system: 'crm', id: 'asked-1' } });
    expect([withheld.status, withheld.problem.type]).toEqual([409, '/problems/events-withheld']);
    expect((await api.get(`/customers/${customerId}/events`)).body.events).toEqual(events);
    expect(await send({ source: { system: 'crm', id: 'asked-1' }, append: true })).toMatchObject({
      status: 200,
      result: { events: [expect.any(String)] },
    });
    expect((await send({ source: { system: 'crm', id: 'asked-1' } })).result).toMatchObject({ replayed: true });
    expect((await send({ source: { system: 'crm', id: 'asked-2' } })).result).toMatchObject({ events: [], replayed: false });
    expect((await send({ remember: true }, {})).problem.errors).toEqual([
      { pointer: '/append', detail: expect.stringContaining('only for an import') },
    ]);
    expect((await send({ append: 1 })).problem.errors).toEqual([{ pointer: '/append', detail: 'must be true or false' }]);
  });

  it('takes 1,000 items and rejects more, none, and what is no list', async () => {
    const item = { name: 'register-customer', body: { kind: 'person' } };
    expect((await api.post('/commands', Array(1_000).fill(item))).body.results).toHaveLength(1_000);
    for (const body of [Array(1_001).fill(item), [], {}, item]) expect((await api.post('/commands', body)).status).toBe(422);
  });

  it('asks for the role of each command', async () => {
    const customerId = await api.register();
    const { body } = await api.post(
      '/commands',
      [{ name: 'make-promise', customerId, body: { text: 'x', dueAt: '2030-01-01T00:00:00Z' } }],
      {
        key: await api.keyFor('customer', customerId),
      },
    );
    expect(body.results[0].problem.type).toBe('/problems/not-allowed');
  });
});
