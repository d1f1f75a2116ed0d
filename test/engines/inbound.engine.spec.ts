import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import type { DomainEvent } from '#event-log';
import { createLogger, readConfiguration } from '#platform';
import { createKafka, topicsOf } from '#streaming';
import { describeWithKafka, describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startKafka } from '#testing/engines/kafka.js';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import { call, inbound, ready, TestApi, temporaryFolder } from '../api/test-api.js';
import { binary, openInbound, type Sent, SOURCE, structured } from './inbound-topic.js';

/** An API on a folder that outlives it. */
const startOn = async (folder: string, brokers: string, prefix: string, lines: string[] = []): Promise<RunningApi> => {
  const configuration = readConfiguration({
    ...{ LETOPIS_DATA: folder, PORT: '0', RATE_LIMIT: '100000', RELAY: 'off' },
    ...{ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' },
  });
  return startApi({ configuration, logger: createLogger('info', { write: (line) => void lines.push(line) }) });
};

const registerWith = async ({ services: { commands } }: RunningApi): Promise<string> => {
  const actor = { kind: 'system', id: 'spec' } as const;
  const { ids } = await commands.execute({ name: 'register-customer', body: { kind: 'person' }, actor, keyScope: 'spec' });
  return ids.customerId!;
};

/** How often each id of the source is found in the log. */
const recordedIds = async ({ services: { log } }: RunningApi): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  for await (const batch of log.readAll())
    for (const { source } of batch) if (source?.system === SOURCE) found.set(source.id!, (found.get(source.id!) ?? 0) + 1);
  return found;
};
const onceEach = (sent: readonly Sent[]) => new Map(sent.map(({ id }) => [id, 1]));
const sorted = <Value>(map: ReadonlyMap<string, Value>) => new Map([...map].sort(([one], [other]) => (one < other ? -1 : 1)));

const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);

describeWithKafka('contacts over Kafka', (brokers) => {
  const prefix = `spec-${randomUUID()}`;
  const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
  let api: TestApi;
  let outside: Awaited<ReturnType<typeof openInbound>>;
  beforeAll(async () => {
    const environment = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3', RELAY: 'off', BODY_LIMIT: '64k' };
    api = await TestApi.start(environment);
    while ((await api.get('/health/ready')).body.inbound !== 'running') await sleep(50);
    outside = await openInbound(kafka, prefix);
  });
  afterAll(async () => {
    await outside.close();
    await api.close();
  });

  it('stand in the timeline as those over HTTP do, with the integration as the actor', async () => {
    const customerId = await api.register();
    const data = { ...inbound, occurredAt: '2026-01-02T03:04:05Z', summary: 'asked for a price', regarding: { campaignId: 'spring' } };
    await outside.send([binary({ id: randomUUID(), customerId, data })]);
    await outside.untilRead();
    const { body: answer } = await api.post(`/customers/${customerId}/contacts`, data);
    const { body } = await api.get(`/customers/${customerId}/timeline`, { headers: { 'min-position': answer.position } });
    const [overHttp, overKafka] = body.entries.filter(({ type }: { readonly type: string }) => type === 'contact-recorded');
    const { contactId: _, ...facts } = overHttp.data;
    expect(overKafka).toMatchObject({ type: 'contact-recorded', at: overHttp.at, data: facts });
    expect(overKafka.actor).toEqual({ kind: 'service', id: `integration:${SOURCE}` });
  });

  it('are taken in the order of their key: planned, moved, held; promised, kept', async () => {
    const customerId = await api.register();
    const steps = [
      ['plan-contact', { ...inbound, contactId: 'p-1', plannedFor: '2126-01-01T00:00:00Z' }],
      ['reschedule-contact', { contactId: 'p-1', to: '2126-01-02T00:00:00Z' }],
      ['complete-contact', { contactId: 'p-1', result: 'agreed' }],
      ['plan-contact', { ...inbound, contactId: 'p-2', plannedFor: '2126-01-01T00:00:00Z' }],
      ['miss-contact', { contactId: 'p-2' }],
      ['plan-contact', { ...inbound, contactId: 'p-3', plannedFor: '2126-01-01T00:00:00Z' }],
      ['cancel-contact', { contactId: 'p-3' }],
      ['make-promise', { promiseId: 'q-1', text: 'a call', dueAt: '2126-01-01T00:00:00Z' }],
      ['keep-promise', { promiseId: 'q-1' }],
      ['make-promise', { promiseId: 'q-2', text: 'a letter', dueAt: '2126-01-01T00:00:00Z' }],
      ['break-promise', { promiseId: 'q-2' }],
    ] as const;
    await outside.send(steps.map(([type, data]) => binary({ id: randomUUID(), customerId, type, data })));
    await outside.untilRead();
    const types: string[] = [];
    for await (const batch of api.running.services.log.readStream(`relationship-${customerId}`))
      types.push(...batch.map(({ type }) => type));
    expect(types.slice(1)).toEqual([
      ...['contact-planned', 'contact-rescheduled', 'contact-completed', 'contact-planned', 'contact-missed'],
      ...['contact-planned', 'contact-cancelled', 'promise-made', 'promise-kept', 'promise-made', 'promise-broken'],
    ]);
  });

  it('do not move an appointment back when a message that changed nothing comes again', async () => {
    const customerId = await api.register();
    const [soon, later] = ['2126-01-01T00:00:00Z', '2126-01-02T00:00:00Z'];
    const move = (id: string, to: string) => binary({ id, customerId, type: 'reschedule-contact', data: { contactId: 'p-1', to } });
    const planned = binary({
      id: randomUUID(),
      customerId,
      type: 'plan-contact',
      data: { ...inbound, contactId: 'p-1', plannedFor: soon },
    });
    const stays = move(randomUUID(), soon);
    await outside.send([planned, stays, move(randomUUID(), later), stays]);
    await outside.untilRead();
    const { body } = await api.get(`/customers/${customerId}/events`);
    expect(body.events.slice(1).map(({ type, data }: DomainEvent) => [type, (data as { readonly to?: string }).to])).toEqual([
      ['contact-planned', undefined],
      ['command-remembered', undefined],
      ['contact-rescheduled', '2126-01-02T00:00:00.000Z'],
    ]);
    expect(await outside.rejectCount()).toBe(0);
  });

  it('are rejected as over HTTP, with the same problem, and come back with it', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/consents/withdraw`, { channel: 'email', via: 'form' });
    const occurredAt = new Date().toISOString();
    const known = randomUUID();
    const other = await api.register();
    const cases: readonly (readonly [address: string, Sent])[] = [
      ['/customers/nobody/contacts', { id: randomUUID(), customerId: 'nobody', data: inbound }],
      ['/contacts', { id: randomUUID(), customerId, data: { ...inbound, channel: 'telepathy' } }],
      ['/contacts', { id: randomUUID(), customerId, data: { ...inbound, channel: 'email', direction: 'outbound', occurredAt } }],
      ['/contacts', { id: randomUUID(), customerId, data: { ...inbound, occurredAt: '2126-01-01T00:00:00.000Z' } }],
      ['/contacts', { id: randomUUID(), customerId, data: { ...inbound, occurredAt: 'yesterday' } }],
      ['/contacts', { id: randomUUID(), customerId, data: { channel: 7, mood: 'good', participants: [{}] } }],
      ['/contacts/none/complete', { id: randomUUID(), customerId, type: 'complete-contact', data: { contactId: 'none' } }],
      ['/contacts', { id: known, customerId, data: { ...inbound, summary: 'other than before' } }],
      [`/customers/${other}/contacts`, { id: known, customerId: other, data: inbound }],
    ];
    await api.post(`/customers/${customerId}/contacts`, inbound, { headers: { 'idempotency-key': known } });
    await outside.send([binary({ id: known, customerId, data: inbound })]);
    await outside.untilRead();
    const before = await outside.rejectCount();
    await outside.send(cases.map(([, sent]) => binary(sent)));
    await outside.untilRead();
    expect(await outside.rejectCount()).toBe(before + cases.length);
    const rejects = await outside.rejects(before + cases.length);
    for (const [address, sent] of cases) {
      const path = address.startsWith('/customers') ? address : `/customers/${customerId}${address}`;
      const { status, body } = await api.post(path, sent.data, { headers: { 'idempotency-key': sent.id } });
      const reject = rejects.find(({ headers, value }) => headers.ce_id === sent.id && value === binary(sent).value)!;
      expect(status).toBeGreaterThanOrEqual(400);
      expect(comparable(JSON.parse(reject.headers.letopis_reason!))).toEqual(comparable(body));
      const { key, value } = binary(sent);
      expect([reject.key, reject.value, reject.headers.ce_source]).toEqual([key, value, SOURCE]);
    }
  });

  it('that cannot be read come back, each with what is wrong, and hold up nobody', async () => {
    const customerId = await api.register();
    const good = { id: randomUUID(), customerId };
    const { headers } = binary(good);
    const json = (value: string | Buffer | null, over: Message['headers'] = {}): Message => ({
      key: customerId,
      value,
      headers: { ...headers, ...over },
    });
    const wrong: readonly (readonly [problem: string, Message])[] = [
      ['malformed-json', json('{"customerId":')],
      ['malformed-json', json('[]'.padStart(200, '['))],
      ['malformed-utf8', json(Buffer.from([0x7b, 0xff, 0x7d]))],
      ['body-too-large', json(JSON.stringify({ customerId, summary: 'x'.repeat(70_000) }))],
      ['body-too-large', json(Buffer.alloc(1_040_000, 'x'))],
      ['invalid-body', json(null)],
      ['invalid-body', json('"text"')],
      ['invalid-body', json('{}')],
      ['invalid-body', json(JSON.stringify({ customerId: 'olga@example.org', ...inbound }))],
      ['invalid-body', json(JSON.stringify({ customerId, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`m${i}`, 0])) }))],
      ['invalid-message', { value: 'nonsense' }],
      ['invalid-message', { value: null, key: null }],
      ['invalid-message', json('{}', { 'content-type': 'text/plain' })],
      ['invalid-message', json('{}', { ce_id: Buffer.from([0xff]) })],
      ['invalid-message', json('{"specversion":"1.0"}', { 'content-type': 'application/cloudevents+json' })],
      ['malformed-json', json('{', { 'content-type': 'application/cloudevents+json' })],
      ['unknown-command', json('{}', { ce_type: 'register-customer' })],
      ['unknown-command', json('{}', { ce_type: 'contact-recorded' })],
    ];
    const before = await outside.rejectCount();
    for (const [, message] of wrong) await outside.send([message]);
    await outside.send([binary(good)]);
    await outside.untilRead();
    expect(await outside.rejectCount()).toBe(before + wrong.length);
    const rejects = (await outside.rejects(before + wrong.length)).slice(before);
    const problems = rejects.map(({ headers: { letopis_reason } }) => JSON.parse(letopis_reason!).type.slice('/problems/'.length));
    expect(problems.sort()).toEqual(wrong.map(([problem]) => problem).sort());
    for (const { headers } of rejects) {
      expect(headers).toMatchObject({ letopis_topic: `${prefix}.contacts.inbound.v1`, letopis_offset: expect.stringMatching(/^\d+$/) });
      expect(headers).not.toHaveProperty('letopis_left_out');
    }
    expect(rejects.map(({ value }) => value?.length ?? 0).sort((one, other) => one - other)).toEqual(
      wrong.map(([, { value }]) => (value === null ? 0 : String(value).length)).sort((one, other) => one - other),
    );
    expect((await recordedIds(api.running)).get(good.id)).toBe(1);
  });

  it('are counted by outcome', async () => {
    const { body } = await api.get('/metrics');
    for (const outcome of ['accepted', 'rejected'])
      expect(body).toMatch(new RegExp(`letopis_inbound_messages_total\\{outcome="${outcome}"\\} [1-9]`));
  });
});

describeWithKafka('contacts that are sent more than once', (brokers) => {
  it('make one event each, in either mode, in any order, over restarts and while the log is lost', async () => {
    const { folder, remove } = temporaryFolder();
    const prefix = `spec-${randomUUID()}`;
    const outside = await openInbound(createKafka({ brokers: [brokers], clientId: 'spec' }), prefix);
    const lines: string[] = [];
    let api = await startOn(folder, brokers, prefix, lines);
    const customers = await Promise.all(Array.from({ length: 7 }, () => registerWith(api)));
    const sent = Array.from({ length: 300 }, (_, index): Sent => ({ id: `call-${index}`, customerId: customers[index % 7]! }));
    const again = () => shuffled(sent.flatMap((each) => [binary(each), structured(each), binary(each)]));

    while (api.services.inbound.state() !== 'running') await sleep(50);
    await outside.send(again());
    await sleep(100);
    await api.close();
    api = await startOn(folder, brokers, prefix, lines);
    await outside.send(again());
    await outside.untilRead();
    expect(sorted(await recordedIds(api))).toEqual(sorted(onceEach(sent)));

    await api.services.deciding.stop();
    const later = Array.from({ length: 40 }, (_, index): Sent => ({ id: `later-${index}`, customerId: customers[index % 7]! }));
    await outside.send(later.map(binary));
    while (!lines.join('').includes('inbound is waiting and retries')) await sleep(50);
    await api.close();
    api = await startOn(folder, brokers, prefix, lines);
    await outside.untilRead();
    expect(sorted(await recordedIds(api))).toEqual(sorted(onceEach([...sent, ...later])));
    expect(await outside.rejectCount()).toBe(0);
    await api.close();
    await outside.close();
    remove();
  });
});

describeWithKafka('a topic of rejects that takes less than what is rejected', (brokers) => {
  it('gets the reasons and the places, and nothing waits behind', async () => {
    const { folder, remove } = temporaryFolder();
    const prefix = `spec-${randomUUID()}`;
    const { contacts, rejected } = topicsOf(prefix);
    const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '3000' }];
    await admin.createTopics({ topics: [{ topic: rejected, numPartitions: 1, configEntries }], waitForLeaders: true });
    await admin.createTopics({ topics: [{ topic: contacts, numPartitions: 3 }], waitForLeaders: true });
    await admin.disconnect();
    const outside = await openInbound(kafka, prefix);
    await outside.send([
      ...Array.from({ length: 20 }, (_, index): Message => ({ key: 'a', value: `small ${index}` })),
      { key: 'a', value: 'x'.repeat(5_000) },
    ]);
    const api = await startOn(folder, brokers, prefix);
    const customerId = await registerWith(api);
    await outside.send([binary({ id: 'good', customerId })]);
    await outside.untilRead();
    const rejects = await outside.rejects(21);
    expect(rejects.slice(0, 20).map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, index) => `small ${index}`));
    expect(rejects[20]).toMatchObject({ key: null, value: null, headers: { letopis_topic: contacts, letopis_offset: '20' } });
    expect(rejects[20]!.headers.letopis_left_out).toContain('max.message.bytes');
    expect(await recordedIds(api)).toEqual(new Map([['good', 1]]));
    await api.close();
    await outside.close();
    remove();
  });
});

describeWithOwnServers('contacts over a broker that is not there', () => {
  it('come in when it is, once each after it was killed, and nothing else waits for it', async () => {
    const server = await startKafka();
    await server.stop();
    const { folder, remove } = temporaryFolder();
    const lines: string[] = [];
    const api = await startOn(folder, server.url, 'spec', lines);
    try {
      const customerId = await registerWith(api);
      while (!lines.join('').includes('inbound interrupted')) await sleep(50);
      expect((await call(`${api.url}/health/ready`, {})).body).toMatchObject({
        ...{ status: 'not-ready', deciding: 'running', inbound: 'restarting', inboundStalledBy: 'StreamingUnavailable' },
      });
      await server.start();
      const outside = await openInbound(createKafka({ brokers: [server.url], clientId: 'spec' }), 'spec');
      await ready(api.url);
      const sent = Array.from({ length: 200 }, (_, index): Sent => ({ id: `call-${index}`, customerId }));
      await outside.send(sent.slice(0, 100).map(binary));
      await server.kill();
      await server.start();
      await outside.send(sent.slice(50).map(binary));
      await outside.untilRead();
      expect(sorted(await recordedIds(api))).toEqual(sorted(onceEach(sent)));
      await outside.close();
    } finally {
      await api.close();
      await server.dispose();
      remove();
    }
  });
});

/** A problem without the request and the moment that it tells of. */
const comparable = ({ requestId: _, now, ...problem }: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(JSON.stringify(problem).replaceAll(String(now ?? 'now'), 'now'));
