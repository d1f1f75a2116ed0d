import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMessageAcceptor } from '../../apps/api/src/streaming/accept-message.js';
import { type Workplace, workplace } from '../cli/letopis.js';
import { inbound, TestApi } from './test-api.js';

/** Members that every object of JavaScript seems to have. */
const names = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__');
const named = Object.fromEntries(names.map((name) => [name, `of ${name}`]));

let api: TestApi;
let customerId: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register();
});
afterAll(() => api.close());

const lastEvent = async (id = customerId) => (await api.get(`/customers/${id}/events?limit=1000`)).body.events.at(-1);
const headOf = async () => (await api.get('/events')).body.head;
const atHead = async (path: string) => (await api.get(path, { headers: { 'min-position': await headOf() } })).body;
const pointers = (problem: { readonly errors: readonly { readonly pointer: string }[] }) => problem.errors.map(({ pointer }) => pointer);

interface Group {
  readonly key: string;
  readonly opened: number;
}

const messageOf = (data: object) => ({
  key: Buffer.from(customerId),
  offset: '0',
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_source: '/telephony',
    ce_id: JSON.stringify(data).slice(0, 80),
    ce_type: 'record-contact',
  },
  value: Buffer.from(JSON.stringify(data)),
});
const overKafka = (data: object) => {
  const { commands, logger } = api.running.services;
  return createMessageAcceptor({ execute: commands.execute, logger, bodyLimit: 1_000_000 })(messageOf(data));
};

describe('members named like methods of every object', () => {
  it('are recorded and shown where names are free', async () => {
    expect((await api.post(`/customers/${customerId}/contacts`, { ...inbound, labels: named })).status).toBe(201);
    expect((await lastEvent()).data.labels).toEqual(named);

    const bulk = [{ name: 'record-contact', customerId, body: { ...inbound, labels: named } }];
    expect((await api.post('/commands', bulk)).body.results[0].status).toBe(201);
    expect((await lastEvent()).data.labels).toEqual(named);

    expect(await overKafka({ customerId, ...inbound, labels: named })).toEqual({ kind: 'accepted' });
    expect((await lastEvent()).data.labels).toEqual(named);

    expect((await api.post(`/customers/${customerId}/profile`, { attributes: named })).status).toBe(200);
    expect((await atHead(`/customers/${customerId}`)).profile.attributes).toEqual(named);
  });

  it('are labels that deals are counted by', async () => {
    await api.post(`/customers/${customerId}/deals`, { dealId: 'labelled', labels: named });
    await api.post(`/customers/${customerId}/deals`, { dealId: 'bare' });
    for (const name of names) {
      const { groups, overall } = await atHead(`/views/funnel/conversion?by=label:${name}`);
      expect([name, overall.opened, groups.map(({ key, opened }: Group) => [key, opened])]).toEqual([name, 2, [[`of ${name}`, 1]]]);
    }
  });

  it('are rejected where no such member is, at any depth and on every way in', async () => {
    const before = await headOf();
    for (const name of [...names, '__proto__']) {
      const raw = (text: string) => JSON.parse(text.replaceAll('NAME', name)) as object;
      const [shallow, deep] = [raw('{"NAME":1}'), raw('{"regarding":{"NAME":1}}')];
      for (const [members, pointer] of [
        [shallow, `/${name}`],
        [deep, `/regarding/${name}`],
      ] as const) {
        const text = JSON.stringify(Object.assign(Object.create(null), inbound, { more: 0 })).replace(
          '"more":0',
          JSON.stringify(members).slice(1, -1),
        );
        const one = await api.get(`/customers/${customerId}/contacts`, { raw: text });
        const many = await api.get('/commands', { raw: `[{"name":"record-contact","customerId":"${customerId}","body":${text}}]` });
        if (name === '__proto__') {
          expect([one.status, one.body.type, many.status]).toEqual([400, '/problems/malformed-json', 400]);
          continue;
        }
        expect([one.status, pointers(one.body)]).toEqual([422, [pointer]]);
        expect([many.body.results[0].status, pointers(many.body.results[0].problem)]).toEqual([422, [pointer]]);
        expect(await overKafka({ customerId, ...(JSON.parse(text) as object) })).toMatchObject({
          kind: 'rejected',
          reason: { status: 422 },
        });
      }
    }
    expect(await headOf()).toBe(before);
  });

  it('are channels that are counted like others', async () => {
    const { versions } = (await api.get('/policies/channels')).body;
    const { channels, purposes } = versions.at(-1).document;
    await api.post('/policies/channels', { document: { channels: [...channels, 'constructor'], purposes } });
    const id = await api.register();
    await api.post(`/customers/${id}/contacts`, { ...inbound, channel: 'constructor' });
    const { channels: counted } = await atHead(`/customers/${id}`);
    expect(counted.observed).toEqual([{ channel: 'constructor', inbound: 1, outbound: 0, internal: 0, missed: 0 }]);
    expect((await atHead('/views/churn')).contactsByChannel.constructor.amount).toBe(1);
  });
});

describe('an import', () => {
  let place: Workplace;
  beforeAll(() => {
    place = workplace();
  });
  afterAll(() => place.remove());

  const mapping = (body: object) => ({
    system: 'shop',
    source: { format: 'csv' },
    commands: [
      { command: 'register-customer', once: true, target: { $id: 'customer', of: 'valueOf' }, body: { kind: 'person' } },
      {
        command: 'record-contact',
        target: { $id: 'customer', of: 'valueOf' },
        body: { contactId: { $row: 'contact' }, ...inbound, ...body },
      },
    ],
  });
  const run = async (body: object) => {
    place.file('rows.csv', 'valueOf,toString\none,text\n');
    place.file('mapping.json', JSON.stringify(mapping(body)));
    const { stdout, stderr } = await place.run('import', 'rows.csv', '-m', 'mapping.json', '--json');
    return stdout === '' ? { stderr } : (JSON.parse(stdout) as { readonly rejected: number });
  };

  it('records labels of such names, and rejects members', async () => {
    const labels = Object.fromEntries(names.map((name) => [name, { $column: 'toString' }]));
    const wrong = await run({ constructor: { $column: 'toString' } });
    expect(wrong).toEqual({ stderr: expect.stringContaining('commands.1.body has the unknown property "constructor"') });
    expect(await run({ labels })).toMatchObject({ rejected: 0 });
    const recorded = (await place.events()).find(({ type }) => type === 'contact-recorded');
    expect(recorded?.data.labels).toEqual(Object.fromEntries(names.map((name) => [name, 'text'])));
  });

  it('rejects a label named __proto__, which it could not keep', async () => {
    const labels = JSON.parse('{"__proto__":{"$column":"toString"}}') as object;
    expect(await run({ labels })).toMatchObject({ rejected: 1 });
    expect(place.read('rows.csv.rejects.csv')).toContain('are not __proto__');
  });
});
