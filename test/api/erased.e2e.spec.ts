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

const ownPages = ['', '/timeline', '/timeline/stream', '/events'];
const pages = [...ownPages, '/churn', '/ladder'];

describe('of a customer who was erased', () => {
  it.each(['own curator', 'the customer', 'second supervisor'])('%s is told when, and nothing else', async (name) => {
    for (const page of name === 'the customer' ? ownPages : pages) {
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
});
