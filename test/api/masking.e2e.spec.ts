import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { maskedKinds } from '#relationship';
import { openFeed } from './event-source.js';
import { type Answer, TestApi } from './test-api.js';

let api: TestApi;
let admin: string;
let curator: string;
let customerId: string;
let position: string;

/** By the kind that hides them; each is in the record once, or was. */
const planted = {
  names: ['Olga Vetrova', 'Olga Petrova', 'Pavel Decider', 'Anna Participant'],
  email: ['olga@example.org', 'former@example.org'],
  phone: ['+49 30 1234567'],
  'other-identifiers': ['@olga-on-telegram', 'crm-row-4711'],
  income: ['98000 EUR'],
  profile: ['two dachas', 'sailing-club'],
  texts: ['wants a quiet call', 'my deal title', 'send the contract', 'the parcel was wet', 'referrer-of-olga'],
} as const;

const publish = (document: object, key = admin) => api.post('/policies/masking', { document }, { key });
const read = { headers: {} as Record<string, string> };

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.keyFor('admin');
  curator = await api.keyFor('curator', 'cur-1');
  await api.post('/curators', { curatorId: 'cur-1', displayName: 'Curator One' });
  const { body } = await api.post('/customers', { kind: 'person', displayName: 'Olga Petrova' }, { key: admin });
  customerId = body.ids.customerId;
  const send = async (path: string, given: object, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await api.post(`/customers/${customerId}${path}`, given, { key: admin, headers });
    expect([path, answer.status < 300 ? 'accepted' : answer.body]).toEqual([path, 'accepted']);
    return answer;
  };
  await send('/curator', { curatorId: 'cur-1' });
  await send('/corrections', { field: 'displayName', to: 'Olga Vetrova' });
  await send('/identifiers', { kind: 'email', value: 'olga@example.org' }, { 'letopis-source': 'crm/crm-row-4711' });
  await send('/identifiers', { kind: 'email', value: 'former@example.org' });
  await send('/identifiers/remove', { kind: 'email', value: 'former@example.org' });
  await send('/identifiers', { kind: 'phone', value: '+49 30 1234567' });
  await send('/identifiers', { kind: 'telegram', value: '@olga-on-telegram' });
  await send('/profile', {
    person: { annualIncome: '98000 EUR', property: 'two dachas' },
    organisation: { decisionMakers: [{ name: 'Pavel Decider', role: 'ceo' }] },
    attributes: { club: 'sailing-club' },
  });
  await send('/acquisition', { source: 'fair', referrer: 'referrer-of-olga' });
  const contact = { channel: 'phone', direction: 'inbound', purpose: 'information' };
  await send('/contacts', { ...contact, summary: 'wants a quiet call', participants: [{ role: 'guest', name: 'Anna Participant' }] });
  await send('/deals', { title: 'my deal title' });
  await send('/promises', { text: 'send the contract', dueAt: new Date().toISOString() });
  position = (await send('/complaints', { summary: 'the parcel was wet' })).body.position;
  read.headers = { 'min-position': position };
});
afterAll(() => api.close());
beforeEach(async () => {
  expect((await publish({})).status).toBe(200);
});

const eventCount = async (): Promise<number> =>
  (await api.get(`/customers/${customerId}/events?limit=1000`, { key: admin })).body.events.length;

const answersFor = async (key: string): Promise<Readonly<Record<string, string>>> => {
  const feed = await openFeed(`${api.running.url}/customers/${customerId}/timeline/stream`, key);
  const frames = await feed.take(await eventCount());
  feed.close();
  const answers: Record<string, string> = { feed: JSON.stringify(frames) };
  const addresses = [
    '/customers',
    `/customers?customerId=${customerId}`,
    `/customers/${customerId}`,
    `/customers/${customerId}/timeline`,
    `/customers/${customerId}/timeline?knownAt=${new Date().toISOString()}`,
    `/customers/${customerId}/events`,
    '/views/desk?curatorId=cur-1',
    ...(key === curator ? [] : ['/events?limit=1000']),
  ];
  for (const address of addresses) {
    const { status, body } = await api.get(address, { key, ...read });
    expect({ address, status }).toEqual({ address, status: 200 });
    answers[address] = JSON.stringify(body);
  }
  for (const address of ['/customers', `/customers/${customerId}`, `/customers/${customerId}/timeline`, '/views/desk?curatorId=cur-1'])
    for (const table of address === `/customers/${customerId}` ? ['identifiers', 'detailsHistory', 'openPromises'] : [undefined]) {
      const { status, body } = await api.get(`${address}${table ? `?table=${table}` : ''}`, {
        key,
        headers: { ...read.headers, accept: 'text/csv' },
      });
      if (status === 200) answers[`${address} ${table} as CSV`] = body;
    }
  return answers;
};
const seenIn = (answers: Readonly<Record<string, string>>): ReadonlySet<string> => {
  const all = Object.values(answers).join('\n');
  return new Set(
    Object.values(planted)
      .flat()
      .filter((text) => all.includes(text)),
  );
};

describe('the policy masking', () => {
  it('hides nothing at first', async () => {
    for (const key of [api.key, curator]) expect([...seenIn(await answersFor(key))].sort()).toEqual(Object.values(planted).flat().sort());
  });

  it.each(maskedKinds)('hides %s, old values too, from the roles that it names in every answer, and no other kind', async (kind) => {
    expect((await publish({ supervisor: [kind], curator: [kind] })).status).toBe(200);
    // The source of an event goes with any kind of identifiers, and the income with the profile.
    const also = /email|phone/.test(kind) ? ['crm-row-4711'] : kind === 'profile' ? [...planted.income, 'Pavel Decider'] : [];
    const hidden = new Set<string>([...planted[kind], ...also]);
    const shown = Object.values(planted)
      .flat()
      .filter((text) => !hidden.has(text));
    for (const key of [api.key, curator]) expect([...seenIn(await answersFor(key))].sort()).toEqual([...shown].sort());
    for (const key of [admin, await api.keyFor('auditor'), await api.keyFor('customer', customerId)]) {
      const { body } = await api.get(`/customers/${customerId}`, { key, ...read });
      expect(JSON.stringify(body)).not.toContain('[masked]');
    }
  });

  it('rejects searches by what is hidden, and sorts by no hidden name', async () => {
    await publish({ supervisor: ['names', 'email'] });
    const ask = async (query: string) => {
      const { status, body } = await api.get(`/customers?${query}`, read);
      return status === 200 ? body.customers.length : `${status} ${body.detail}`;
    };
    expect(await ask('name=olga')).toBe('403 The policy masking hides names from the role supervisor.');
    expect(await ask('sort=name')).toBe('403 The policy masking hides names from the role supervisor.');
    expect(await ask('identifierKind=email&identifier=olga@example.org')).toBe(
      '403 The policy masking hides identifiers of this kind from the role supervisor.',
    );
    expect(await ask('identifier=olga@example.org')).toMatch(/^403 The policy masking hides some identifiers; add identifierKind/);
    expect(await ask('identifierKind=telegram&identifier=@olga-on-telegram')).toBe(1);
    expect(await ask('')).toBe(1);
    await api.post('/customers', { kind: 'person', displayName: 'Aaron' }, { key: admin });
    const { headers } = await api.get('/customers?limit=1', read);
    const cursor = /cursor=([^&>]+)/.exec(headers.get('link') ?? '')?.[1] ?? '';
    expect(Buffer.from(decodeURIComponent(cursor), 'base64url').toString().toLowerCase()).not.toMatch(/aaron|olga/);
  });

  it('gives no hash of events, as each covers those before it', async () => {
    const status = async () => (await api.get(`/feeds/relationship-events/reconcile?customer=${customerId}`)).status;
    expect(await status()).toBe(200);
    await publish({ supervisor: ['phone'] });
    expect(await status()).toBe(403);
    const { body } = await api.get(`/customers/${customerId}/events`);
    expect(body.events.length).toBeGreaterThan(5);
    expect(JSON.stringify(body.events)).not.toMatch(/hash"/i);
  });

  it('hides in a feed that was open before, from its next event on', async () => {
    const feed = await openFeed(`${api.running.url}/customers/${customerId}/timeline/stream`, api.key);
    expect(JSON.stringify(await feed.take(await eventCount()))).toContain('wants a quiet call');
    await publish({ supervisor: ['texts'] });
    await api.post(`/customers/${customerId}/promises`, { text: 'a new secret', dueAt: '2099-01-01T00:00:00Z' }, { key: admin });
    const [frame] = await feed.take(1);
    feed.close();
    expect(frame?.data.data.text).toBe('[masked]');
  });

  it('is published by admins alone, in bulk too', async () => {
    const rejected = 'The policy masking is published by admins, as it limits the other roles.';
    const { status, body } = await publish({ supervisor: [] }, api.key);
    expect([status, body.detail]).toEqual([403, rejected]);
    const { body: bulk } = await api.post('/commands', [{ name: 'publish-policy', policyName: 'masking', body: { document: {} } }]);
    expect([bulk.results[0].status, bulk.results[0].problem.detail]).toEqual([403, rejected]);
    const wrong = async (document: object) => (await publish(document)).body.faults;
    expect(await wrong({ admin: ['names'] })).toEqual([
      { path: 'admin', message: 'is unknown; known are curator, supervisor, auditor, service' },
    ]);
    expect(await wrong({ curator: ['name'] })).toEqual([{ path: 'curator[0]', message: `must be one of ${maskedKinds.join(', ')}` }]);
    expect(await wrong({ curator: [] })).toEqual([{ path: 'curator', message: 'must be a list of 1 to 7' }]);
  });
});
