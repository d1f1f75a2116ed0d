import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRemembered, type DomainEvent, openEventLog } from '#event-log';
import { newEvent } from '#testing/new-event.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { openFeed } from './event-source.js';
import { type Answer, inbound, nextOf, revisionTag, TestApi, temporaryFolder } from './test-api.js';

const { type } = commandRemembered;
const consent = { channel: 'email', via: 'form' };

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.keyFor('admin');
});
afterAll(() => api.close());

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const typesOf = async (customerId: string): Promise<readonly string[]> =>
  (await api.get(`/customers/${customerId}/events`)).body.events.map((event: DomainEvent) => event.type);
/** At any depth. */
const without = (body: object, ...members: readonly string[]): unknown =>
  JSON.parse(JSON.stringify(body), (name, value) => (members.includes(name) ? undefined : value));
/** Of the figures of all customers, which reflect the log up to there. */
const positions = ['position', 'rfmPosition'];
const shown = ({ status, headers, body }: Answer) => ({ status, etag: headers.get('etag'), body });

describe('a command that changes nothing', () => {
  it('is answered again as the first time after the record has changed: a lost deal does not make a retry a conflict', async () => {
    const customerId = await api.register();
    const { dealId } = (await api.post(`/customers/${customerId}/deals`, {})).body.ids;
    const stage = () => api.post(`/customers/${customerId}/deals/${dealId}/stage`, { stage: 'lead' }, withKey('stage-1'));
    const first = await stage();
    const position = (await api.get('/events?limit=1000')).body.head;
    expect(shown(first)).toEqual({
      status: 200,
      etag: '"2"',
      body: { position, revision: 2, ids: { customerId }, events: [], replayed: false },
    });
    await api.post(`/customers/${customerId}/deals/${dealId}/lose`, { reason: 'price' });
    expect(shown(await stage())).toEqual({ ...shown(first), body: { ...first.body, replayed: true } });
    expect(await typesOf(customerId)).toEqual(['customer-registered', 'deal-opened', type, 'deal-lost']);
  });

  it('does not grant again, when it is retried, what was withdrawn meanwhile', async () => {
    const customerId = await api.register();
    const grant = (key: string) => api.post(`/customers/${customerId}/consents/grant`, consent, withKey(key));
    await grant('grant-1');
    const first = await grant('grant-2');
    expect(first.body).toMatchObject({ events: [], revision: 2, replayed: false });
    await api.post(`/customers/${customerId}/consents/withdraw`, consent);
    expect((await grant('grant-2')).body).toEqual({ ...first.body, replayed: true });
    expect(await typesOf(customerId)).toEqual(['customer-registered', 'consent-granted', type, 'consent-withdrawn']);
  });

  it('is known by its source too, and in a bulk request', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/consents/grant`, consent);
    const source = { system: 'crm', id: 'grant-1' };
    const first = await api.post(`/customers/${customerId}/consents/grant`, consent, { headers: { 'letopis-source': 'crm/grant-1' } });
    await api.post(`/customers/${customerId}/consents/withdraw`, consent);
    const { body } = await api.post('/commands', [{ name: 'grant-consent', customerId, body: consent, source }]);
    expect(body.results).toEqual([{ status: 200, result: { ...first.body, replayed: true } }]);
  });

  it('leaves no trace without a key or a source', async () => {
    const customerId = await api.register();
    for (const revision of [1, 1])
      expect((await api.post(`/customers/${customerId}/consents/grant`, consent)).body).toMatchObject({ revision });
  });

  it('is rejected when its key comes with another body, or for another record', async () => {
    const [customerId, other] = [await api.register(), await api.register()];
    for (const id of [customerId, other]) await api.post(`/customers/${id}/consents/grant`, consent);
    const grant = (id: string, body: object) => api.post(`/customers/${id}/consents/grant`, body, withKey('grant-3'));
    await grant(customerId, consent);
    const rejected = [await grant(customerId, { ...consent, purpose: 'service' }), await grant(other, consent)];
    expect(rejected.map(({ status, body }) => [status, body.type])).toEqual(Array(2).fill([422, '/problems/idempotency-conflict']));
    expect([await typesOf(customerId), await typesOf(other)].map(({ length }) => length)).toEqual([3, 2]);
  });

  it('is told by its key before If-Match is looked at, and If-Match before it is decided', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/consents/grant`, consent);
    const grant = (key: string, etag: string) =>
      api.post(`/customers/${customerId}/consents/grant`, consent, { headers: { 'idempotency-key': key, 'if-match': etag } });
    expect((await grant('grant-4', '"0"')).status).toBe(412);
    const first = await grant('grant-4', '"1"');
    expect(shown(first)).toMatchObject({ status: 200, etag: '"2"' });
    expect((await grant('grant-4', '"1"')).body).toEqual({ ...first.body, replayed: true });
    expect((await grant('grant-5', '"1"')).status).toBe(412);
  });

  it('of a curator is remembered in the stream of the curator', async () => {
    await api.post('/curators', { curatorId: 'cur-r' });
    await api.post('/curators/cur-r/depart', {});
    const depart = () => api.post('/curators/cur-r/depart', {}, withKey('depart-1'));
    const first = await depart();
    await api.post('/curators', { curatorId: 'cur-r' });
    expect((await depart()).body).toEqual({ ...first.body, replayed: true });
    expect(first.body).toMatchObject({ revision: 2, events: [] });
    expect((await api.get('/curators/cur-r')).body).toEqual({ curatorId: 'cur-r', registeredAt: expect.any(String) });
  });

  it('that was rejected is not remembered: a retry is decided again', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/consents/withdraw`, consent);
    const contact = { ...inbound, channel: 'email', direction: 'outbound' };
    const record = () => api.post(`/customers/${customerId}/contacts`, contact, withKey('contact-r'));
    expect((await record()).body.type).toBe('/problems/consent-withdrawn');
    await api.post(`/customers/${customerId}/consents/grant`, consent);
    expect(shown(await record())).toMatchObject({ status: 201, body: { replayed: false } });
  });
});

describe('the event by which a command is remembered', () => {
  let customerId: string;
  let position: string;
  /** Grants what is granted already, under a key of its own. */
  const remember = async (): Promise<Answer> => {
    const answer = await api.post(`/customers/${customerId}/consents/grant`, consent, withKey(crypto.randomUUID()));
    position = answer.body.position;
    return answer;
  };
  beforeAll(async () => {
    customerId = await api.register('cur-e');
    const { dealId } = (await api.post(`/customers/${customerId}/deals`, { acquisition: { source: 'fair' } })).body.ids;
    await api.post(`/customers/${customerId}/purchases`, { item: 'book', quantity: 1, amount: { minor: 1_000, currency: 'EUR' } });
    await api.post(`/customers/${customerId}/deals/${dealId}/lose`, { reason: 'price' });
    position = (await api.post(`/customers/${customerId}/consents/grant`, consent)).body.position;
  });

  it('changes the answer of no view but for the revision, which is the ETag of the card', async () => {
    const answers = async () => {
      const found: Record<string, unknown> = {};
      for (const { path, name, parameters } of viewCatalogue) {
        // Those show the events as they are in the log, who read them, or who else gets them.
        if (name.endsWith('-events') || name.startsWith('export') || name === 'access-log' || name.startsWith('subscriber')) continue;
        const address = path.replace(':customerId', customerId).replace(':policyName', 'ladder').replace(':curatorId', 'cur-e');
        const wanted = {
          ...(name === 'events-behind' && { series: 'measure=entered|' }),
          ...(name === 'ladder-moves' && { from: '2020-01-01', to: '2031-01-01' }),
          ...(name === 'ladder-customers' && { rung: 'purchaser' }),
          ...(name === 'desk' && { curatorId: 'cur-e' }),
          ...(name === 'retention-preview' && { document: '{"perDay":1}' }),
        };
        for (const asOf of 'asOf' in parameters ? ['', '2031-01-01'] : ['']) {
          const query = new URLSearchParams({ ...wanted, ...(asOf && { asOf }) });
          const { status, body } = await api.get(`${address.replace(':view', 'funnel')}?${query}`, {
            headers: { 'min-position': position },
          });
          expect({ name, status }).toEqual({ name, status: 200 });
          const { revision: _, ...others } = body;
          // Where no time is asked for it is the instant of the request.
          found[`${name}?${query}`] = without(others, 'asOf', ...(name.includes('churn') ? positions : []));
        }
      }
      return found;
    };
    const before = await answers();
    const { body, headers } = await remember();
    expect(await answers()).toEqual(before);
    const card = await api.get(`/customers/${customerId}`, { headers: { 'min-position': position } });
    expect([revisionTag(card), card.body.revision]).toEqual([headers.get('etag'), body.revision]);
  });

  it('moves the ETag of the card, so that a command may be tied to what was read', async () => {
    const { headers } = await remember();
    const card = await api.get(`/customers/${customerId}`, { headers: { 'min-position': position } });
    const etag = card.headers.get('etag') as string;
    expect(revisionTag(card)).toBe(headers.get('etag'));
    const answer = await api.post(`/customers/${customerId}/contacts`, inbound, { headers: { 'if-match': etag } });
    position = answer.body.position;
    expect(answer.status).toBe(201);
  });

  it('is shown in the log and in the stream to supervisors, auditors and admins, and to nobody else', async () => {
    await remember();
    const seenBy = async (key: string, address: string) => {
      const { status, body } = await api.get(address, { key });
      return status === 200 ? body.events.filter((event: DomainEvent) => event.type === type).length > 0 : status;
    };
    const keys = {
      supervisor: api.key,
      auditor: await api.keyFor('auditor'),
      admin,
      service: await api.keyFor('service'),
      curator: await api.keyFor('curator', 'cur-e'),
      customer: await api.keyFor('customer', customerId),
    };
    const seen: Record<string, unknown> = {};
    for (const [role, key] of Object.entries(keys))
      seen[role] = [
        await seenBy(key, '/events?limit=1000'),
        await seenBy(key, `/events?types=${type}`),
        await seenBy(key, `/customers/${customerId}/events`),
      ];
    expect(seen).toEqual({
      ...{ supervisor: [true, true, true], auditor: [true, true, true], admin: [true, true, true] },
      ...{ service: [false, false, false], curator: [403, 403, false], customer: [403, 403, false] },
    });
  });

  it('leaves no hole in the pages of those who are not shown it', async () => {
    for (let n = 0; n < 3; n++) await remember();
    await api.post(`/customers/${customerId}/contacts`, inbound);
    const pages = async (key: string, first: string): Promise<readonly (readonly DomainEvent[])[]> => {
      const found: (readonly DomainEvent[])[] = [];
      for (let next: string | undefined = first; next !== undefined; ) {
        const page: Answer = await api.get(next, { key });
        found.push(page.body.events);
        next = nextOf(page, next);
      }
      return found;
    };
    const [service, curator] = [await api.keyFor('service'), await api.keyFor('curator', 'cur-e')];
    for (const [key, address] of [
      [service, '/events'],
      [service, `/customers/${customerId}/events`],
      [curator, `/customers/${customerId}/events`],
    ] as const) {
      const all = (await pages(api.key, `${address}?limit=1000`)).flat();
      const found = await pages(key, `${address}?limit=2`);
      expect(found.flat()).toEqual(all.filter((event) => event.type !== type && event.stream !== 'installation'));
      expect(found.slice(0, -1).every(({ length }) => length === 2)).toBe(true);
    }
  });

  it('does not come over the live feeds of those who are not shown it, nor over the timeline', async () => {
    const { head } = (await api.get('/events?limit=1')).body;
    const { revision } = (await remember()).body;
    const { body: after } = await api.post(`/customers/${customerId}/contacts`, inbound);
    const first = async (address: string, key: string, lastEventId: string) => {
      const feed = await openFeed(api.running.url + address, key, lastEventId);
      const [frame] = await feed.take(1);
      feed.close();
      return frame?.event;
    };
    expect(await first('/events/stream', api.key, head)).toBe(type);
    expect(await first('/events/stream', await api.keyFor('service'), head)).toBe('contact-recorded');
    expect(await first(`/customers/${customerId}/timeline/stream`, api.key, String(revision - 1))).toBe('contact-recorded');
    expect(after.revision).toBe(revision + 1);
  });

  it('counts for nothing where the feed is reconciled', async () => {
    const of = async (query: string) => (await api.get(`/feeds/relationship-events/reconcile?${query}`)).body;
    const { range: _, ...before } = await of('range=..');
    const customer = await of(`customer=${customerId}`);
    await remember();
    const { range: __, ...after } = await of('range=..');
    expect([after, await of(`customer=${customerId}`)]).toEqual([before, customer]);
  });
});

describe('a policy whose stream remembers a command', () => {
  it('has the revision of its stream for its ETag, and every version that was published', async () => {
    const { folder, remove } = temporaryFolder();
    const EVENT_LOG_URL = `sqlite:${folder}/chronicle.sqlite`;
    const log = await openEventLog(EVENT_LOG_URL);
    const document = { existingPerYear: 6, potentialPerYear: 6 };
    const published = { name: 'cadence', version: 2, effectiveFrom: '2026-01-01T00:00:00.000Z', document };
    await log.append('policy-cadence', 'none', [newEvent({ type: 'policy-published', data: published }), newEvent({ type, data: {} })]);
    await log.close();
    const other = await TestApi.start({ EVENT_LOG_URL });
    const policy = async () => {
      const answer = await other.get('/policies/cadence');
      return [revisionTag(answer), answer.body.versions.length];
    };
    expect(await policy()).toEqual(['"1"', 2]);
    const publish = (etag: string) =>
      other.post('/policies/cadence', { document: { ...document, existingPerYear: 12 } }, { headers: { 'if-match': etag } });
    expect((await publish('"0"')).status).toBe(412);
    expect((await publish('"1"')).status).toBe(200);
    expect(await policy()).toEqual(['"2"', 3]);
    await other.close();
    remove();
  });
});
