import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventRegistry, type DomainEvent, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform';
import { eventDefinitions } from '#relationship';
import { createCards, customerRecordOf, customerValuePath, eventRecordOf, eventValuePath } from '#streaming';
import { newEvent } from '#testing/new-event.js';
import { openedCard, openedEvent } from '#testing/published-values.js';
import { inbound, TestApi, temporaryFolder } from './test-api.js';

let api: TestApi;
let anna: string;
let events: readonly DomainEvent[];
beforeAll(async () => {
  api = await TestApi.start();
  anna = await api.register('cur-1');
  for (const text of ['one', 'two']) await api.post(`/customers/${anna}/contacts`, { ...inbound, summary: text });
  await api.post(`/customers/${anna}/deals`, { dealId: 'd/1', title: 'Roof', expectedValue: { minor: 5, currency: 'EUR' } });
  const { events: all } = (await api.get('/events')).body;
  events = all.filter(({ published }: DomainEvent) => published !== undefined);
});
afterAll(() => api.close());

describe('where ce_dataref leads', () => {
  it('is the value that the record of each event would have had, without personal fields as they are not sent', async () => {
    expect(new Set(events.map(({ stream }) => stream.split('-')[0]))).toEqual(new Set(['relationship', 'curator']));
    for (const event of events) {
      const { status, body } = await api.get(eventValuePath(event.stream, event.revision));
      const record = eventRecordOf(event, eventCatalogue.get(event.type));
      expect([event.type, status, body]).toEqual([event.type, 200, JSON.parse(record!.value!)]);
    }
  });

  it('is the card after each event, also when there are later ones', async () => {
    const after = createCards(api.running.services.log, eventCatalogue);
    for (const event of events.filter(({ stream }) => stream === `relationship-${anna}`)) {
      const { value } = customerRecordOf(await after(event));
      const { status, body } = await api.get(customerValuePath(anna, event.revision));
      expect([event.revision, status, body]).toEqual([event.revision, 200, JSON.parse(value!)]);
    }
  });

  it('is nothing where there is no such event or customer, and closed to who sees one portfolio', async () => {
    for (const address of [
      eventValuePath(`relationship-${anna}`, 99),
      eventValuePath('relationship-nobody', 0),
      customerValuePath(anna, 99),
      customerValuePath('nobody', 0),
      customerValuePath('n@w.org', 0),
    ])
      expect([address, (await api.get(address)).status]).toEqual([address, 404]);
    expect((await api.get(`/feeds/customers/${anna}/x`)).status).toBe(400);
    // As ce_sequence has it.
    expect((await api.get(`/feeds/customers/${anna}/${'0'.repeat(20)}`)).status).toBe(200);
    const key = await api.keyFor('curator', 'cur-1');
    for (const address of [eventValuePath(`relationship-${anna}`, 0), customerValuePath(anna, 0)])
      expect((await api.get(address, { key })).status).toBe(403);
  });
});

describe('where ce_dataref leads, with personal fields sent', () => {
  it('is the value with its personal fields as ciphertext, until the customer is erased', async () => {
    const { folder, remove } = temporaryFolder();
    const log = await openEventLog(`sqlite:${folder}/chronicle.sqlite`, { registry: createEventRegistry(eventDefinitions) });
    const registered = () =>
      newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Nadia Ward' } });
    await log.append('relationship-anna', 'none', [registered()]);
    await log.append('relationship-erased', 'none', [
      registered(),
      newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' } }),
    ]);
    await log.close();
    const kafka = { KAFKA_BROKERS: '127.0.0.1:1', RELAY: 'off', INBOUND: 'off', RELAY_PERSONAL_FIELDS: 'include' };
    const including = await TestApi.start({ EVENT_LOG_URL: `sqlite:${folder}/chronicle.sqlite`, ...kafka });
    try {
      for (const path of [eventValuePath('relationship-anna', 0), customerValuePath('anna', 0)])
        expect(JSON.stringify((await including.get(path)).body)).not.toContain('Nadia');
      await including.post('/customers', { customerId: 'boris', kind: 'person', displayName: 'Boris Berg' });
      const key = (await including.running.services.publishingKeys(['relationship-boris'])).get('relationship-boris')!;
      const stored = (await including.get('/events')).body.events.find(({ stream }: { stream: string }) => stream === 'relationship-boris');
      const { headers } = eventRecordOf(stored, eventCatalogue.get('customer-registered'))!;
      const { body } = await including.get(eventValuePath('relationship-boris', 0));
      expect(JSON.stringify(body)).not.toContain('Boris');
      expect(JSON.parse(openedEvent({ key: 'boris', headers, value: JSON.stringify(body) }, key)!)).toMatchObject({
        displayName: 'Boris Berg',
      });
      const card = (await including.get(customerValuePath('boris', 0))).body;
      const ofCard = { key: 'boris', headers: { letopis_position: stored.position }, value: JSON.stringify(card) };
      expect(JSON.stringify(card)).not.toContain('Boris');
      expect(JSON.parse(openedCard(ofCard, key)!)).toMatchObject({ displayName: 'Boris Berg' });
      expect((await including.get(eventValuePath('relationship-erased', 0))).body).toEqual({ kind: 'person', role: 'customer' });
      for (const revision of [0, 1]) expect((await including.get(customerValuePath('erased', revision))).status).toBe(404);
    } finally {
      await including.close();
      remove();
    }
  });
});
