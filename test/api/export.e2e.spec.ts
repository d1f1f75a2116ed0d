import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
let own: string;
let other: string;
let admin: string;
beforeAll(async () => {
  api = await TestApi.start();
  for (const curatorId of ['cur-maria', 'cur-else']) await api.post('/curators', { curatorId, displayName: 'Maria Planted' });
  ({ customerId } = (await api.post('/customers', { kind: 'person', displayName: 'Ольга', segment: 'vip' })).body.ids);
  await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-maria', reason: 'knows her' });
  await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: 'a remark <script>' });
  await api.post(`/customers/${customerId}/purchases`, { item: 'tea', quantity: 1, amount: { minor: 900, currency: 'EUR' } });
  const { dealId } = (await api.post(`/customers/${customerId}/deals`, {})).body.ids;
  await api.post(`/customers/${customerId}/deals/${dealId}/win`, {
    amount: { minor: 900, currency: 'EUR' },
    cost: { minor: 4711, currency: 'EUR' },
  });
  own = await api.keyFor('customer', customerId);
  other = await api.keyFor('customer', (await api.post('/customers', { kind: 'person' })).body.ids.customerId);
  admin = await api.keyFor('admin');
});
afterAll(() => api.close());

/** An entry of the access log appears within a second; one that never comes fails here and does not loop for ever. */
const until = async (isSo: () => Promise<boolean>) => {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries === 100) throw new Error('it did not come');
    await sleep(100);
  }
};
const exported = (kind: 'provided' | 'kept', key: string, accept = 'application/json') =>
  api.get(`/customers/${customerId}/exports/${kind}`, { key, headers: { accept } });
const request = (path = '', body: object = {}, key = api.key) => api.post(`/customers/${customerId}/access-request${path}`, body, { key });
const status = async (kind: 'provided' | 'kept', key: string) => (await exported(kind, key)).status;

describe('the own data', () => {
  it('that the customer provided are given by the own key, as JSON and as a page, and not to strangers', async () => {
    const { status: code, body } = await exported('provided', own);
    expect([code, body.version, body.kind]).toEqual([200, 1, 'provided']);
    expect(body.events.map(({ type }: { readonly type: string }) => type)).toEqual([
      'customer-registered',
      'contact-recorded',
      'purchase-recorded',
    ]);
    expect(JSON.stringify(body)).not.toMatch(/vip|remark|maria|4711/);
    const page = await exported('provided', own, 'text/html');
    expect([page.headers.get('content-type'), page.headers.get('content-security-policy')]).toEqual([
      'text/html; charset=utf-8',
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    ]);
    expect(page.text).toContain('<bdi>Ольга</bdi>');
    expect([await status('provided', other), await status('kept', other)]).toEqual([404, 404]);
    expect(await status('provided', await api.keyFor('curator', 'cur-else'))).toBe(404);
    expect(await status('kept', await api.keyFor('curator', 'cur-maria'))).toBe(403);
    expect((await exported('provided', own, 'text/csv')).status).toBe(406);
  });

  it('that are kept are given to the customer once they were released, as of the release, the same bytes each time', async () => {
    expect((await exported('kept', own)).body).toMatchObject({ status: 403, detail: expect.stringContaining('access-request') });
    expect((await request('/release')).body.type).toBe('/problems/access-not-requested');
    expect((await request('', {}, own)).status).toBe(200);
    expect((await request('/release', {}, own)).status).toBe(403);
    expect((await request('/reject', { ground: 'whatever' })).status).toBe(422);
    expect((await request('/reject', { ground: 'identity-unconfirmed' })).status).toBe(200);
    expect(await status('kept', own)).toBe(403);
    expect((await request('', {}, own)).status).toBe(200);
    const preview = await exported('kept', api.key);
    expect([preview.status, preview.body.releasedAt]).toEqual([200, null]);
    const stated = { key: api.key, headers: { 'letopis-reason': 'ticket-4712' } };
    expect((await api.get(`/customers/${customerId}/events`, stated)).status).toBe(200);
    expect((await request('/release', { withheld: ['nothing-here'] })).body.type).toBe('/problems/event-unknown');
    expect((await request('/release')).status).toBe(200);
    await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: 'after the release' });
    const logged = async () => (await exported('kept', own)).text.includes('ticket-4712');
    await until(logged);
    const [first, second] = [await exported('kept', own), await exported('kept', own)];
    expect(first.text).toBe(second.text);
    expect(first.text).toMatch(/a remark/);
    expect(first.text).toMatch(/vip/);
    expect(first.text).not.toMatch(/after the release|cur-maria|Planted|4711|sup-1/);
    const { body } = first;
    expect(body.releasedAt).toBe(body.upTo.recordedAt);
    expect(body.profiling).toMatchObject({ ladder: { rung: 'purchaser' }, churn: { figures: { purchases: 1 } } });
    expect(body.reads).toContainEqual({ at: expect.any(String), role: 'supervisor', operation: 'customer-events', reason: 'ticket-4712' });
    expect(body.reads.some(({ operation }: { readonly operation: string }) => operation === 'export-kept-data')).toBe(true);
    const page = await exported('kept', own, 'text/html');
    expect(page.text).toContain('a remark &lt;script&gt;');
    expect(page.text).not.toMatch(/<script|after the release/);
  });

  it('name who read them only where the policy privacy says so', async () => {
    const before = (await exported('kept', api.key)).body;
    expect(before.reads.filter((read: object) => 'actorId' in read)).toEqual([]);
    const document = { secondActor: true, backupDays: 90, marketingPurposes: ['relationship'], namesReaders: true };
    expect((await api.post('/policies/privacy', { document }, { key: admin })).status).toBe(200);
    const { body } = await exported('kept', admin);
    expect(body.reads.length).toBeGreaterThan(0);
    expect(body.reads.filter((read: object) => !('actorId' in read))).toEqual([]);
  });

  it('are masked for staff from whom they are hidden, and never in what is given to the customer', async () => {
    expect((await api.post('/policies/masking', { document: { supervisor: ['names', 'texts'] } }, { key: admin })).status).toBe(200);
    for (const kind of ['provided', 'kept'] as const) {
      const { text } = await exported(kind, api.key);
      expect(text).toContain('[masked]');
      expect(text).not.toMatch(/Ольга|a remark/);
      expect((await exported(kind, own)).text).toContain('Ольга');
    }
    expect((await exported('kept', own)).text).toContain('a remark');
  });

  it('are given in an export of which every read is in the access log', async () => {
    const entries = async () => (await api.get(`/access-log?customerId=${customerId}&limit=1000`, { key: admin })).body.entries;
    const by = async (role: string, operation: string) =>
      (await entries()).some(
        (each: { readonly role: string; readonly operation: string }) => each.role === role && each.operation === operation,
      );
    for (const role of ['customer', 'supervisor'])
      for (const kind of ['provided', 'kept']) await until(() => by(role, `export-${kind}-data`));
  });

  it('show the state of the own erasure, without what is internal', async () => {
    await api.post(`/customers/${customerId}/legal-holds`, { reason: 'a lawsuit' }, { key: admin });
    await api.post(`/customers/${customerId}/erasure`, { ground: 'objection' }, { key: own });
    const { status: code, body, text } = await api.get(`/customers/${customerId}/erasure`, { key: own });
    expect([code, body.status, body.ground, body.legalHolds]).toEqual([200, 'requested', 'objection', []]);
    expect(text).not.toContain('lawsuit');
    expect((await api.get(`/customers/${customerId}/erasure`, { key: other })).status).toBe(404);
  });
});
