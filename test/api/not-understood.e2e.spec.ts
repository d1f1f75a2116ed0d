import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { describedAnswers } from './described-answers.js';
import { inbound, TestApi, temporaryFolder } from './test-api.js';

type Event = Record<string, unknown>;
/** What becomes of the body of a customer's last event, by what is then said of it. */
const damages = {
  unreadable: (body) => body.slice(0, -5),
  'without-data': (body) => edited(body, ({ data: _, ...event }) => event),
  'unknown-type': (body) => edited(body, (event) => ({ ...event, type: 'thing-happened' })),
  'newer-version': (body) => edited(body, (event) => ({ ...event, schemaVersion: 99 })),
} satisfies Readonly<Record<string, (body: string) => string>>;
type Damage = keyof typeof damages;
const kinds = Object.keys(damages) as Damage[];
const whyOf = (kind: Damage) => (kind === 'without-data' ? 'unreadable' : kind);
const edited = (body: string, edit: (event: Event) => Event): string => JSON.stringify(edit(JSON.parse(body)));

/** Of the last event of a stream; answers the body before. */
const damage = (folder: string, stream: string, edit: (body: string) => string): string => {
  const db = new Database(path.join(folder, 'chronicle.sqlite'));
  const last = db
    .prepare<[string], { position: number; body: string }>(
      'SELECT position, body FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = ?) ORDER BY revision DESC LIMIT 1',
    )
    .get(stream)!;
  const trigger = db.prepare('SELECT sql FROM sqlite_master WHERE name = ?').pluck().get('events_are_never_changed') as string;
  db.exec('DROP TRIGGER events_are_never_changed');
  db.prepare('UPDATE events SET body = ? WHERE position = ?').run(edit(last.body), last.position);
  db.exec(trigger);
  db.close();
  return last.body;
};

describe('one event that is not understood', () => {
  const { folder, remove } = temporaryFolder();
  let api: TestApi;
  let keys: Readonly<Record<'ann' | 'bea' | 'own', string>>;
  const bodies = new Map<string, string>();
  beforeAll(async () => {
    api = await TestApi.start({ LETOPIS_DATA: folder });
    for (const curatorId of ['ann', 'bea']) await api.post('/curators', { curatorId });
    for (const customerId of [...kinds, 'well']) {
      await api.post('/customers', { customerId, kind: 'person', displayName: customerId });
      await api.post(`/customers/${customerId}/curator`, { curatorId: 'ann' });
      await api.post(`/customers/${customerId}/contacts`, inbound);
    }
    await api.running.close();
    for (const kind of kinds) bodies.set(kind, damage(folder, `relationship-${kind}`, damages[kind]));
    for (const file of ['', '-wal', '-shm']) rmSync(path.join(folder, `views.sqlite${file}`), { force: true });
    api = await TestApi.start({ LETOPIS_DATA: folder });
    keys = {
      ann: await api.keyFor('curator', 'ann'),
      bea: await api.keyFor('curator', 'bea'),
      own: await api.keyFor('customer', 'unreadable'),
    };
  });
  afterAll(async () => {
    await api.close();
    remove();
  });

  it('parks its customer in every view, and is named wherever one looks', async () => {
    const { body: health } = await api.get('/health/ready');
    const { body: status } = await api.get('/projections');
    // Open to everyone, so it names nobody.
    for (const { parked, parkedSubjects } of health.views) expect([parked, parkedSubjects]).toEqual([4, undefined]);
    for (const { view, parked, parkedSubjects } of status.projections) {
      const named = parkedSubjects.map((one: Event) => [one.subject, one.error, one.view]);
      expect([parked, named.sort()]).toEqual([4, kinds.map((kind) => [kind, `event-not-understood: ${whyOf(kind)}`, view]).sort()]);
    }
    const unreadable = status.projections[0].parkedSubjects.find((one: Event) => one.subject === 'unreadable');
    expect(unreadable).toMatchObject({ eventId: 'relationship-unreadable@2', eventType: 'contact-recorded', position: expect.any(String) });
  });

  it('holds up nobody else', async () => {
    const { body: card } = await api.get('/customers/well', { key: keys.ann });
    expect([card.contacts, card.parked]).toEqual([1, undefined]);
    expect((await api.post('/customers/well/contacts', inbound, { key: keys.ann })).status).toBe(201);
    expect((await api.get('/views/churn')).status).toBe(200);
  });

  it.each(kinds)('%s: supervisors read what came before, whoever could open it is told, everyone else finds nothing', async (kind) => {
    const { status, body: card } = await api.get(`/customers/${kind}`);
    expect([status, card.displayName, card.contacts, card.parked.error]).toEqual([200, kind, 0, `event-not-understood: ${whyOf(kind)}`]);
    expect((await api.get(`/customers/${kind}?asOf=2100-01-01`)).status).toBe(200);
    const { status: told, body: problem } = await api.get(`/customers/${kind}`, { key: keys.ann });
    expect([told, problem.type, problem.stream, problem.revision]).toEqual([
      409,
      '/problems/event-not-understood',
      `relationship-${kind}`,
      2,
    ]);
    expect((await api.get(`/customers/${kind}`, { key: keys.bea })).status).toBe(404);
  });

  it.each(kinds)('%s: no command on its customer is decided', async (kind) => {
    const { status, body } = await api.post(`/customers/${kind}/contacts`, inbound);
    expect([status, body.type, body.revision]).toEqual([409, '/problems/event-not-understood', 2]);
    expect((await api.post(`/customers/${kind}/contacts`, inbound, { key: keys.bea })).status).toBe(404);
  });

  it('is answered to the customer as what it is', async () => {
    const { status, body } = await api.get('/customers/unreadable', { key: keys.own });
    expect([status, body.type]).toEqual([409, '/problems/event-not-understood']);
  });

  it('stands in the log as far as it can be read, in its place', async () => {
    const { body } = await api.get('/events?limit=1000');
    const last = (kind: string) => body.events.findLast((event: Event) => event.stream === `relationship-${kind}`);
    expect(last('unreadable')).toEqual({
      id: 'relationship-unreadable@2',
      stream: 'relationship-unreadable',
      revision: 2,
      type: 'contact-recorded',
      position: expect.any(String),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      notUnderstood: 'unreadable',
    });
    const described = describedAnswers((await api.get('/openapi.json')).body);
    expect(described.faults('GET', '/events', 200, body)).toEqual([]);
    expect(last('unknown-type').type).toBe('thing-happened');
    const { status, body: events } = await api.get('/customers/newer-version/events');
    expect(described.faults('GET', '/customers/{customerId}/events', 200, events)).toEqual([]);
    expect([status, events.events.map(({ notUnderstood }: Event) => notUnderstood)]).toEqual([
      200,
      [undefined, undefined, 'newer-version'],
    ]);
  });

  it('leaves its customer out of the lists of a curator', async () => {
    const { body } = await api.get('/customers', { key: keys.ann });
    expect(body.customers.map(({ customerId }: Event) => customerId)).toEqual(['well']);
    expect((await api.get('/customers')).body.customers).toHaveLength(5);
  });

  it('is taken in again once it is understood', async () => {
    damage(folder, 'relationship-unreadable', () => bodies.get('unreadable')!);
    await api.post('/projections/customers/unreadable/rebuild', {}, { key: await api.keyFor('admin') });
    const { body: card } = await api.get('/customers/unreadable', { key: keys.ann });
    expect([card.contacts, card.parked]).toEqual([1, undefined]);
    expect((await api.post('/customers/unreadable/contacts', inbound, { key: keys.ann })).status).toBe(201);
  });

  it('holds up no departure: its customer is listed until it can be moved', async () => {
    const { status, body: done } = await api.post('/curators/ann/depart', { to: 'bea' });
    expect([200, 201]).toContain(status);
    const { body } = await api.get('/curators/ann/departure');
    const first = body.first.map(({ customerId, stuck }: Event) => [customerId, stuck]);
    expect([body.status, body.left, first.sort()]).toEqual([
      'departed',
      3,
      ['newer-version', 'unknown-type', 'without-data'].map((kind) => [kind, true]),
    ]);
    const { body: card } = await api.get('/customers/well', { headers: { 'min-position': done.position } });
    expect(card.curator.curatorId).toBe('bea');
  });
});

describe('an event of a curator that is not understood', () => {
  it('stops commands and no read, and is named', async () => {
    const { folder, remove } = temporaryFolder();
    let api = await TestApi.start({ LETOPIS_DATA: folder });
    await api.post('/curators', { curatorId: 'ann' });
    const { position, ids } = (await api.post('/customers', { kind: 'person' })).body;
    await api.running.close();
    damage(folder, 'curator-ann', damages['newer-version']);
    api = await TestApi.start({ LETOPIS_DATA: folder });
    const customer = `/customers/${ids.customerId}`;
    const { status, body } = await api.post(`${customer}/contacts`, inbound);
    expect([status, body.type, body.stream]).toEqual([409, '/problems/event-not-understood', 'curator-ann']);
    expect((await api.get(customer, { headers: { 'min-position': position } })).status).toBe(200);
    const { body: health } = await api.get('/health/ready');
    expect(health.problems).toEqual([{ type: '/problems/event-not-understood', stream: 'curator-ann', revision: 0 }]);
    await api.close();
    remove();
  });
});
