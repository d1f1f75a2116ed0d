import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventRegistry, type DomainEvent, type EventLog, openEventLog } from '#event-log';
import { eventDefinitions } from '#relationship';
import { createCards, customerRecordOf, eventRecordOf } from '#streaming';
import { newPublishingKey } from '#testing/published-values.js';
import { appendCompany } from '../bench/company-log.js';
import { type AsyncApi, messageChecker, type Sent, validator } from './asyncapi-messages.js';
import { TestApi } from './test-api.js';

const officialSchema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json');
const registry = createEventRegistry(eventDefinitions);

const read = async (environment: Readonly<Record<string, string>> = {}): Promise<AsyncApi> => {
  const api = await TestApi.start(environment);
  const { body } = await api.get('/asyncapi.json', { key: undefined as never });
  await api.close();
  return body;
};

let document: AsyncApi;
let log: EventLog;
const events: DomainEvent[] = [];
beforeAll(async () => {
  document = await read();
  log = await openEventLog('memory:', { registry });
  await appendCompany(log, 5_000, 100);
  for await (const batch of log.readAll()) events.push(...batch);
});
afterAll(() => log.close());

/** One of each type, as it once was persisted, with every member that it may have; all of them of one customer. */
const published = eventDefinitions.filter((definition) => definition.published !== null);
const golden = published.map(({ type, version }, revision): DomainEvent => {
  const file = path.resolve(import.meta.dirname, `../fixtures/events/${type}.v${version}.json`);
  const at = '2026-11-22T21:14:47.000Z';
  return {
    ...{
      id: `event-${revision}`,
      correlationId: 'c',
      commandId: 'c',
      actor: { kind: 'system', id: 'spec' },
      occurredAt: at,
      recordedAt: at,
    },
    ...JSON.parse(readFileSync(file, 'utf8')),
    ...{ stream: 'relationship-anna', revision, position: String(revision).padStart(20, '0'), hash: createHash('sha256').digest('hex') },
  };
});

async function* streamOf(story: readonly DomainEvent[], stream: string, to = Number.POSITIVE_INFINITY) {
  yield story.filter((event) => event.stream === stream && event.revision <= to);
}

describe('the AsyncAPI document', () => {
  it('is valid by the official schema of version 3.0, with brokers and without', async () => {
    // It brings the schema of JSON Schema along.
    const valid = validator({ meta: false, validateSchema: false }).compile(officialSchema);
    const kafka = { KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2', KAFKA_TLS: 'on', KAFKA_SASL: 'scram-sha-512:anna:hunter2', RELAY: 'off' };
    const configured = await read({ ...kafka, INBOUND: 'off', KAFKA_TOPIC_PREFIX: 'north', KAFKA_PARTITIONS: '7' });
    for (const candidate of [document, configured]) {
      valid(candidate);
      expect(valid.errors).toBeNull();
    }
    const kafkaOf = { kafka: { partitions: 0, bindingVersion: '0.5.0' } };
    expect(valid({ ...document, channels: { events: { ...document.channels.events, bindings: kafkaOf } } })).toBe(false);
    expect(document.servers).toBeUndefined();
    expect(configured.servers['kafka-2']).toMatchObject({ host: '127.0.0.1:2', protocol: 'kafka-secure' });
    expect(configured.components.securitySchemes.sasl.type).toBe('scramSha512');
    expect(JSON.stringify(configured)).not.toMatch(/hunter2|anna/);
    expect(configured.channels.customers).toMatchObject({
      address: 'north.customers.v1',
      bindings: { kafka: { partitions: 7, topicConfiguration: { 'cleanup.policy': ['compact'] } } },
    });
  });

  it('refers to nothing that is not there', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer]) => pointer as string);
    expect(references.length).toBeGreaterThan(100);
    for (const pointer of new Set(references)) {
      const found = pointer
        .slice(1)
        .split('/')
        .reduce((at, name) => at?.[name], document);
      expect([pointer, typeof found]).toEqual([pointer, 'object']);
    }
  });

  it('has the four topics, sent and received as Letopis does it', () => {
    const told = Object.values<AsyncApi>(document.operations).map(({ action, channel }) => [
      action,
      document.channels[channel.$ref.slice('#/channels/'.length)].address,
    ]);
    expect(told).toEqual([
      ['send', 'letopis.relationship-events.v1'],
      ['send', 'letopis.customers.v1'],
      ['receive', 'letopis.contacts.inbound.v1'],
      ['send', 'letopis.contacts.rejected.v1'],
    ]);
  });

  it('says how long rejects and tombstones stand', () => {
    const settings = ({ bindings }: AsyncApi) => bindings.kafka.topicConfiguration;
    const days = 30 * 86_400_000;
    expect(settings(document.channels.rejected)).toMatchObject({ 'cleanup.policy': ['delete'], 'retention.ms': days });
    expect(settings(document.channels.customers)).toMatchObject({ 'cleanup.policy': ['compact'], 'delete.retention.ms': days });
  });

  it('has one message for each event that is published, and says which of its fields are personal', () => {
    const published = eventDefinitions.filter((definition) => definition.published !== null);
    expect(Object.keys(document.channels.events.messages)).toEqual(published.map((definition) => definition.published));
    expect(document.components.messages['contact-recorded']['x-personal-fields']).toEqual([
      '/participants',
      '/summary',
      '/result',
      '/labels',
    ]);
  });
});

describe.each([{ personal: false }, { personal: true }])('what is sent with personal: $personal', ({ personal }) => {
  const key = personal ? newPublishingKey() : undefined;
  let wrong: ReturnType<typeof messageChecker>;
  beforeAll(async () => {
    const environment = { KAFKA_BROKERS: '127.0.0.1:1', RELAY: 'off', INBOUND: 'off', RELAY_PERSONAL_FIELDS: 'include' };
    wrong = messageChecker(personal ? await read(environment) : document);
  });

  it.each(golden.map((event) => [event.type, event] as const))('%s fits its message', (type, event) => {
    const record = eventRecordOf(event, registry.get(type), key)!;
    expect(wrong(type, record)).toEqual([]);
    const data = JSON.parse(record.value!);
    expect(wrong(type, { ...record, value: JSON.stringify({ ...data, extra: 1 }) })).not.toEqual([]);
    expect(wrong(type, { ...record, headers: { ...record.headers, ce_contenthash: 'none' } })).not.toEqual([]);
    const other = eventRecordOf(event, registry.get(type), newPublishingKey())!;
    if (!personal && registry.get(type)!.personal.length > 0) expect(wrong(type, other)).not.toEqual([]);
  });

  it('of the demo company fits the messages: every event, and every card on its way', async () => {
    const { faults, seen } = await follow(events);
    expect(faults).toEqual([]);
    expect(seen.size).toBeGreaterThan(25);
  });

  it('of a customer with whom everything happened fits them too', async () => {
    const { faults, seen } = await follow(golden);
    expect(faults).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining([...published.map(({ type }) => type), 'customer', 'customer-tombstone']));
  });

  /** Sends the events as the relay does; what does not fit, and the messages that there were. */
  async function follow(story: readonly DomainEvent[]) {
    const customerAfter = createCards({ readStream: (stream, { to } = {}) => streamOf(story, stream, to) }, registry);
    const [faults, seen] = [new Set<string>(), new Set<string>()];
    const check = (name: string, record: Sent) => {
      for (const fault of wrong(name, record)) faults.add(fault);
      seen.add(name);
    };
    for (const event of story) {
      check(event.type, eventRecordOf(event, registry.get(event.type), key)!);
      const customer = customerRecordOf(await customerAfter(event), key);
      check(customer.value === null ? 'customer-tombstone' : 'customer', customer);
    }
    return { faults: [...faults], seen };
  }
});
