import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
const keys: Record<string, string> = {};
/** Erased, and beside it one who stays. */
let gone: string;
let stays: string;
let erasedAt: string;
/** Of what was recorded last of the one who stays. */
let position: string;

beforeAll(async () => {
  api = await TestApi.start({ PROCESSES: 'embedded' });
  while (
    !(await api.get('/events?types=process-begun')).body.events.some(({ stream }: { readonly stream: string }) =>
      stream.includes('erasure'),
    )
  );
  for (const curatorId of ['cur-own', 'cur-other']) await api.post('/curators', { curatorId });
  for (const [name, role, actorId] of [
    ['own curator', 'curator', 'cur-own'],
    ['other curator', 'curator', 'cur-other'],
    ['second supervisor', 'supervisor', 'sup-2'],
    ['auditor', 'auditor', 'aud-1'],
  ] as const)
    keys[name] = await api.keyFor(role, actorId);
  [gone, stays] = [await customer(), await customer()];
  keys['the customer'] = await api.keyFor('customer', gone);
  await api.post(`/customers/${gone}/erasure`, { ground: 'consent-withdrawn' });
  await api.post(`/customers/${gone}/erasure/confirm`, {}, { key: keys['second supervisor'] });
  for (;;) {
    const { body } = await api.get(`/customers/${gone}/erasure`);
    if (body.erasedAt) erasedAt = body.erasedAt;
    if (erasedAt) break;
    await sleep(50);
  }
});
afterAll(() => api.close());

async function customer(): Promise<string> {
  const { body } = await api.post('/customers', { kind: 'person', displayName: 'Zinaida Planted' });
  const { customerId } = body.ids;
  await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-own' });
  ({ position } = (await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: 'planted words' })).body);
  return customerId;
}

const ownPages = ['', '/timeline', '/timeline/stream', '/events', '/exports/provided'];
const pages = [...ownPages, '/churn', '/ladder'];

describe('of a customer who was erased', () => {
  it.each(['own curator', 'the customer', 'second supervisor'])('%s is told when, and nothing else', async (name) => {
    for (const page of name === 'the customer' ? [...ownPages, '/exports/kept', '/erasure'] : pages) {
      const { status, body } = await api.get(`/customers/${gone}${page}`, { key: keys[name] });
      expect({ page, status, type: body.type, erasedAt: body.erasedAt }).toEqual({
        page,
        status: 410,
        type: '/problems/customer-erased',
        erasedAt,
      });
      expect(JSON.stringify(body)).not.toMatch(/planted|sup-2|supervisor/i);
    }
  });

  it('who could not open the customer is told nothing', async () => {
    for (const page of pages)
      expect((await api.get(`/customers/${gone}${page}`, { key: keys['other curator'] })).body.type).toBe('/problems/not-found');
  });

  it('the auditor reads the events, without what was personal, and staff the state of the erasure', async () => {
    const { status, body } = await api.get(`/customers/${gone}/events`, { key: keys.auditor });
    expect(status).toBe(200);
    expect(body.events.map(({ type }: { readonly type: string }) => type)).toContain('customer-erased');
    expect(JSON.stringify(body)).not.toMatch(/planted/i);
    expect((await api.get(`/customers/${gone}/timeline`, { key: keys.auditor })).status).toBe(410);
    for (const name of ['second supervisor', 'auditor'])
      expect((await api.get(`/customers/${gone}/erasure`, { key: keys[name] })).body).toMatchObject({ customerId: gone, erasedAt });
  });

  it('is recorded outside of backups', async () => {
    const recorded = async () => {
      const subjects: string[] = [];
      for await (const some of api.running.services.keptOutside.erasures()) subjects.push(...some.map(({ subject }) => subject));
      return subjects;
    };
    while ((await recorded()).length === 0) await sleep(50);
    expect(await recorded()).toEqual([`relationship-${gone}`]);
  });

  it('nobody else is concerned', async () => {
    for (const page of ['', '/timeline', '/events']) {
      const asked = { key: keys['own curator'], headers: { 'min-position': position } };
      const { status, body } = await api.get(`/customers/${stays}${page}`, asked);
      expect({ page, status }).toEqual({ page, status: 200 });
      expect(JSON.stringify(body)).toMatch(/planted/i);
    }
  });

  it('a command for the customer beside others in a bulk request is rejected alone', async () => {
    const { body } = await api.post('/commands', [
      { name: 'record-contact', customerId: gone, body: inbound },
      { name: 'record-contact', customerId: stays, body: inbound },
    ]);
    expect(
      body.results.map(({ status, problem }: { readonly status: number; readonly problem?: { readonly type: string } }) => [
        status,
        problem?.type,
      ]),
    ).toEqual([
      [410, '/problems/customer-erased'],
      [201, undefined],
    ]);
  });

  it('nothing is done again: neither a registration under the same id nor another erasure, whether beside others or alone', async () => {
    const items = [
      { name: 'register-customer', body: { customerId: gone, kind: 'person', displayName: 'Zinaida Planted' } },
      { name: 'request-erasure', customerId: gone, body: {} },
      { name: 'confirm-erasure', customerId: gone, body: {} },
      { name: 'place-legal-hold', customerId: gone, body: {} },
    ];
    const { body } = await api.post('/commands', items);
    const erased = { type: '/problems/customer-erased', detail: `The customer was erased at ${erasedAt}.`, erasedAt };
    expect(body.results).toEqual(items.map(() => ({ status: 410, problem: expect.objectContaining(erased) })));
    expect((await api.post('/customers', items[0]!.body)).body).toMatchObject(erased);
    expect((await api.post(`/customers/${gone}/erasure`, {})).body).toMatchObject(erased);
    const { body: others } = await api.post('/commands', [{ name: 'record-contact', customerId: gone, body: inbound }], {
      key: keys['other curator'],
    });
    expect(others.results).toMatchObject([{ status: 404, problem: { type: '/problems/not-found' } }]);
    expect(JSON.stringify(others)).not.toContain('erased');
    const taken = async (customerId: string) => {
      const { requestId: _, ...problem } = (await api.post('/customers', { customerId, kind: 'person' }, { key: keys['other curator'] }))
        .body;
      return problem;
    };
    expect(await taken(gone)).toEqual(await taken(stays));
    expect(await taken(gone)).toMatchObject({ type: '/problems/customer-already-registered' });
  });
});

describe('a bulk of erasures', () => {
  it('erases everyone who was requested and confirmed, and says of the others what hinders it', async () => {
    const [first, held, unconfirmed, unrequested] = await Promise.all([customer(), customer(), customer(), customer()]);
    const answered = async (items: readonly object[], key?: string) => {
      const { body } = await api.post('/commands', items, { ...(key !== undefined && { key }) });
      return body.results.map(
        ({ status, problem }: { readonly status: number; readonly problem?: { readonly type: string } }) =>
          `${status} ${problem?.type.replace('/problems/', '') ?? ''}`,
      );
    };
    const each = (name: string, ...ids: readonly (string | undefined)[]) => ids.map((customerId) => ({ name, customerId, body: {} }));
    expect(
      await answered([
        ...each('request-erasure', first, held, unconfirmed, first),
        { name: 'place-legal-hold', customerId: held, body: {} },
      ]),
    ).toEqual(['200 ', '200 ', '200 ', '409 erasure-already-requested', '201 ']);
    expect(await answered(each('confirm-erasure', first))).toEqual(['403 second-actor-required']);
    expect(await answered(each('confirm-erasure', first, held, unrequested), keys['second supervisor'])).toEqual([
      '200 ',
      '409 legal-hold-in-force',
      '409 erasure-not-requested',
    ]);
    while ((await api.get(`/customers/${first}`)).status !== 410) await sleep(50);
    const statuses = [held, unconfirmed, unrequested].map(async (id) => (await api.get(`/customers/${id}/erasure`)).body.status);
    expect(await Promise.all(statuses)).toEqual(['requested', 'requested', 'none']);
  });
});
