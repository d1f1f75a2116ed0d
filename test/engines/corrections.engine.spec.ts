import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, topicsOf } from '#streaming';
import { describeWithKafka, describeWithMongo } from '#testing/engines/given-engines.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { type Answer, inbound, TestApi } from '../api/test-api.js';
import { binary, openInbound, SOURCE } from './inbound-topic.js';

const eur = (minor: number) => ({ minor, currency: 'EUR' });

describeWithMongo('with views on MongoDB', (mongo) => {
  describeWithKafka('and events over Kafka, a correction', (brokers) => {
    const prefix = `corrections-${randomUUID()}`;
    const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
    const { events, customers } = topicsOf(prefix);
    let api: TestApi;
    let outside: Awaited<ReturnType<typeof openInbound>>;
    beforeAll(async () => {
      api = await TestApi.start({
        ...{ READ_MODELS_URL: `${mongo}/corrections-${randomUUID()}`, KAFKA_BROKERS: brokers },
        ...{ KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' },
      });
      while ((await api.get('/health/ready')).body.inbound !== 'running') await sleep(50);
      outside = await openInbound(kafka, prefix);
    });
    afterAll(async () => {
      await outside.close();
      await api.close();
    });

    const done = async (answer: Promise<Answer>) => {
      const { status, body } = await answer;
      expect({ ok: status < 300, body }).toMatchObject({ ok: true });
      return body;
    };
    const buy = (id: string, item: string, minor: number) =>
      done(api.post(`/customers/${id}/purchases`, { item, quantity: 1, amount: eur(minor), occurredAt: '2026-02-03T10:00:00Z' }));
    const retract = (id: string, eventId: string) => done(api.post(`/customers/${id}/events/${eventId}/retract`, { reason: 'mistake' }));
    const correct = (id: string, eventId: string, data: object) =>
      done(api.post(`/customers/${id}/events/${eventId}/correct`, { data, reason: 'misread' }));

    /** The views as they are at the head of the log. */
    const seen = async (path: string) =>
      (await done(api.get(path, { headers: { 'min-position': await api.running.services.log.head() } }))) as Answer['body'];
    const cardOf = async (id: string, query = '') => {
      const { value, contacts, displayName } = await seen(`/customers/${id}${query}`);
      return { net: value.EUR?.net ?? 0, contacts, displayName };
    };
    const behind = async (id: string, measure: string) => {
      const { contributors } = await seen(`/views/churn/events?series=${encodeURIComponent(measure)}&customerId=${id}`);
      return contributors.map(({ amount }: { amount: number }) => amount);
    };
    const marksOf = async (id: string) =>
      Object.fromEntries(
        (await seen(`/customers/${id}/timeline?order=oldest`)).entries.flatMap((entry: Record<string, unknown>) =>
          entry.retractedBy ? [[entry.eventId, entry.retractedBy]] : [],
        ),
      );

    it('changes card, totals and timeline, leaves what was known before it, and is the same after a rebuild', async () => {
      const id = await api.register('cur-a');
      const wrong = await buy(id, 'tea', 2_000);
      const twice = await buy(id, 'tea', 2_000);
      await done(api.post(`/customers/${id}/contacts`, inbound));
      const before = new Date().toISOString();
      await sleep(5);
      const { events: retractions } = await retract(id, twice.events[0]);
      const { events: corrections } = await correct(id, wrong.events[0], { item: 'tea', quantity: 1, amount: eur(1_500) });
      expect(corrections).toHaveLength(2);
      const check = async () => {
        expect(await cardOf(id)).toMatchObject({ net: 1_500, contacts: 1 });
        expect(await cardOf(id, `?knownAt=${before}`)).toMatchObject({ net: 4_000, contacts: 1 });
        expect(await behind(id, 'measure=revenue|currency=EUR|')).toEqual([1_500]);
        expect(await behind(id, 'measure=purchases|')).toEqual([1]);
        expect(await marksOf(id)).toEqual({
          [twice.events[0]]: { eventId: retractions[0] },
          [wrong.events[0]]: { eventId: corrections[0], replacedBy: corrections[1] },
        });
      };
      await check();
      const admin = await api.keyFor('admin');
      for (const view of ['card', 'churn', 'timeline']) {
        await done(api.post(`/projections/${view}/rebuild`, {}, { key: admin }));
        const stateOf = async () => (await seen('/projections')).projections.find((each: { view: string }) => each.view === view);
        while ((await stateOf()).rebuild !== undefined) await sleep(50);
      }
      await check();
    });

    it('goes out as events in the order of the log, and the card follows it', async () => {
      const id = await api.register();
      const wrong = await buy(id, 'tea', 700);
      const gone = await buy(id, 'coffee', 300);
      const { events: corrections } = await correct(id, wrong.events[0], { item: 'tea', quantity: 1, amount: eur(650) });
      const { events: retractions } = await retract(id, gone.events[0]);
      const last = retractions.at(-1);
      const records = await readTopic(kafka, events, (all) => all.some(({ headers }) => headers.ce_id === last));
      const own = records.filter(({ key }) => key === id);
      expect(own.map(({ headers }) => [headers.ce_id, headers.ce_type])).toEqual([
        [expect.any(String), 'customer-registered'],
        [wrong.events[0], 'purchase-recorded'],
        [gone.events[0], 'purchase-recorded'],
        [corrections[0], 'event-retracted'],
        [corrections[1], 'purchase-recorded'],
        [last, 'event-retracted'],
      ]);
      const data = own.map(({ value }) => JSON.parse(value!));
      expect(data[3]).toMatchObject({ eventId: wrong.events[0], replacedBy: corrections[1] });
      expect([data[1].amount, data[4].amount]).toEqual([eur(700), eur(650)]);
      expect(data[4].purchaseId).toBe(data[1].purchaseId);
      expect(data[5].replacedBy).toBeUndefined();

      const cards = await readTopic(kafka, customers, (all) =>
        all.some(({ key, value }) => key === id && JSON.parse(value!).revision === 5),
      );
      const values = cards.filter(({ key }) => key === id).map(({ value }) => JSON.parse(value!));
      expect(values.at(-1)).toMatchObject({ revision: 5, value: { EUR: { purchased: 650, purchases: 1, returns: 0 } } });
    });

    it('takes back what came over Kafka, which a second delivery does not bring again', async () => {
      const id = await api.register();
      const message = binary({ id: randomUUID(), customerId: id, data: { ...inbound, occurredAt: '2026-01-02T03:04:05Z' } });
      const promised = { promiseId: 'q-1', text: 'a call', dueAt: '2126-01-01T00:00:00Z' };
      await outside.send([message, binary({ id: randomUUID(), customerId: id, type: 'make-promise', data: promised })]);
      await outside.untilRead();
      const recorded = (await seen(`/customers/${id}/events`)).events;
      expect(recorded.slice(1).map(({ type, source }: Record<string, object>) => [type, source])).toEqual([
        ['contact-recorded', expect.objectContaining({ system: SOURCE })],
        ['promise-made', expect.objectContaining({ system: SOURCE })],
      ]);
      expect((await cardOf(id)).contacts).toBe(1);
      await retract(id, recorded[1].id);
      await correct(id, recorded[2].id, { ...promised, text: 'a letter' });
      expect((await cardOf(id)).contacts).toBe(0);
      expect((await seen(`/customers/${id}`)).openPromises).toMatchObject([{ promiseId: 'q-1', text: 'a letter' }]);
      const head = await api.running.services.log.head();
      await outside.send([message]);
      await outside.untilRead();
      expect(await api.running.services.log.head()).toBe(head);
      // What follows goes by the right event.
      await outside.send([binary({ id: randomUUID(), customerId: id, type: 'keep-promise', data: { promiseId: 'q-1' } })]);
      await outside.untilRead();
      expect((await seen(`/customers/${id}`)).openPromises).toEqual([]);
      expect(await outside.rejectCount()).toBe(0);
    });

    it('takes back what was imported, which the same import does not bring again', async () => {
      const id = await api.register();
      const call = { key: await api.keyFor('service'), headers: { 'letopis-actor': 'import:shop' } };
      const item = (row: number, minor: number) => ({
        name: 'record-purchase',
        customerId: id,
        occurredAt: '2025-05-05T10:00:00Z',
        source: { system: 'shop', id: `orders.csv:${row}` },
        body: { purchaseId: `order-${row}`, item: 'tea', quantity: 1, amount: eur(minor) },
      });
      const rows = [item(2, 100), item(3, 10_000), item(4, 30)];
      const { results } = await done(api.post('/commands', rows, call));
      const ids = results.map(({ result }: Answer['body']) => result.events[0]);
      expect((await cardOf(id)).net).toBe(10_130);
      await correct(id, ids[1], { item: 'tea', quantity: 1, amount: eur(1_000) });
      await retract(id, ids[2]);
      expect((await cardOf(id)).net).toBe(1_100);
      const head = await api.running.services.log.head();
      const again = await done(api.post('/commands', rows, call));
      expect(again.results.map(({ status, result }: Answer['body']) => [status, result.events[0], result.replayed])).toEqual(
        ids.map((each: string) => [200, each, true]),
      );
      expect(await api.running.services.log.head()).toBe(head);
      expect(await behind(id, 'measure=revenue|currency=EUR|')).toEqual([1_100]);
      const [first, second] = (await seen(`/customers/${id}/timeline?order=oldest&type=purchase-recorded`)).entries;
      expect([first.at, second.at]).toEqual(['2025-05-05T10:00:00.000Z', '2025-05-05T10:00:00.000Z']);
    });
  });
});
