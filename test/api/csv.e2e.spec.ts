import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { csvTables } from '../../apps/api/src/csv/csv-tables.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { inbound, nextOf, TestApi } from './test-api.js';
import { required } from './view-questions.js';

const csv = { accept: 'text/csv' };
let api: TestApi;
let customerId: string;
let minPosition: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register('maria');
  const of = (path: string, body: object = {}) => api.post(`/customers/${customerId}/${path}`, body);
  await of('contacts', { ...inbound, summary: '=HYPERLINK("http://example.com", "x")\nand "more", Привет' });
  await of('contacts/plan', { ...inbound, plannedFor: '2030-01-01T00:00:00Z' });
  await of('promises', { text: 'call back', dueAt: '2030-01-01T00:00:00Z' });
  await of('deals', { dealId: 'won', acquisition: { source: 'fair' }, expectedValue: { minor: 500, currency: 'EUR' } });
  await of('deals', { dealId: 'lost', acquisition: { source: 'fair' } });
  await of('deals/won/win', { amount: { minor: 400, currency: 'EUR' } });
  await of('deals/lost/lose', { reason: 'price' });
  await of('purchases', { item: 'pen', quantity: 1, amount: { minor: 100, currency: 'EUR' } });
  for (let n = 0; n < 12; n++) await api.register('maria');
  minPosition = { 'min-position': (await of('contacts', inbound)).body.position };
});
afterAll(() => api.close());

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members of an item under their paths, without the help of a schema. */
const flat = (item: Json, before = ''): readonly (readonly [string, unknown])[] =>
  Object.entries(item).flatMap(([name, value]) => (isObject(value) ? flat(value, `${before}${name}.`) : [[before + name, value] as const]));

const itemsAt = (body: unknown, [name, ...deeper]: readonly string[]): readonly Json[] => {
  const value = (body as Json)[name!];
  const within = Array.isArray(value) ? value : [value];
  return deeper.length === 0
    ? value === undefined
      ? []
      : (within as Json[])
    : within.flatMap((each) => (each ? itemsAt(each, deeper) : []));
};

const addressOf = (path: string) =>
  Object.entries({ ':customerId': customerId, ':curatorId': 'maria', ':policyName': 'funnel', ':view': 'churn' }).reduce(
    (filled, [place, value]) => filled.replace(place, value),
    path,
  );

const tables = viewCatalogue
  .filter((view) => view.tables === undefined)
  .flatMap((view) => csvTables(view).map((table) => [`${view.name} ${table.name}`, view, table] as const));

describe('CSV', () => {
  it('is there for every list and table', () => {
    const without = viewCatalogue.filter((view) => csvTables(view).length === 0).map(({ name }) => name);
    // Answers of single values, exports, which are pages of their own, and what imports remember for themselves.
    const single = [
      'customer-churn',
      'curator',
      'funnel-durations',
      'export-provided-data',
      'export-kept-data',
      'retention-preview',
      'subscriber',
    ];
    expect(without.sort()).toEqual([...single, 'import-events', 'import-source-events'].sort());
  });

  it.each(tables)('of %s says what the JSON says', async (_, view, table) => {
    const query = new URLSearchParams({ ...required(view), ...(view.name === 'events-behind' && { series: 'measure=purchases|' }) });
    if ('asOf' in view.parameters) query.set('asOf', '2029-01-01');
    // It grows by what this spec reads.
    if (view.name === 'access-log') query.set('to', '2026-01-01');
    const address = addressOf(view.path);
    const key = await api.keyOfAny(view.roles);
    const json = await api.get(`${address}?${query}`, { key, headers: minPosition });
    expect(json.status).toBe(200);
    if (csvTables(view).length > 1) query.set('table', table.name);
    const answer = await api.get(`${address}?${query}`, { key, headers: { ...minPosition, ...csv } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const [header, ...rows] = parse(answer.body as string) as string[][];
    expect(header).toEqual(table.header);
    expect(new Set(header).size).toBe(header!.length);
    const own = table.name.split('.');
    const items = itemsAt(json.body, own);
    expect(rows).toHaveLength(items.length);
    const nested = own.length > 1 && table.header.some((each) => each.startsWith(`${own.at(-1)}.`)) ? `${own.at(-1)}.` : '';
    items.forEach((item, at) => {
      for (const [name, value] of flat(item)) {
        if (value === null && header!.some((each) => each.startsWith(`${nested}${name}.`))) continue;
        // What is named by data, such as amounts by currency, is in one cell as JSON.
        const column = header!.findIndex((each) => each === nested + name || (nested + name).startsWith(`${each}.`));
        const cell = rows[at]![column]?.replace(/^'/, '');
        const text = !Array.isArray(value) ? String(value ?? '') : value.some(isObject) ? JSON.stringify(value) : value.join(' ');
        if (header![column] === nested + name) expect([name, cell]).toEqual([name, text]);
        else expect([name, cell]).toEqual([name, expect.stringContaining(JSON.stringify(value))]);
      }
    });
  });

  it('of churn has a row for each number, with its series', async () => {
    const headers = minPosition;
    const { body } = await api.get('/views/churn?asOf=2029-01-01', { headers });
    const answer = await api.get('/views/churn?asOf=2029-01-01', { headers: { ...headers, ...csv } });
    const rows = parse(answer.body as string, { columns: true }) as { number: string; amount: string; series: string }[];
    const amounts = Object.fromEntries(rows.map(({ number, amount }) => [number, Number(amount)]));
    const { customers, risk } = body.distribution;
    expect(amounts).toMatchObject({
      ...{ customers: 1, purchases: 1, 'revenue.EUR': 100, 'contactsByChannel.phone': body.contactsByChannel.phone.amount },
      ...{ silent: body.silent.amount, lapsed: 1, 'distribution.customers': customers, 'distribution.risk.high': risk.high },
      'distribution.monetary.EUR.1': 1,
    });
    const series = [...JSON.stringify(body).matchAll(/"(measure=[^"]*)"/g)].map(([, each]) => each);
    expect(rows.map((row) => row.series).sort()).toEqual(series.sort());
  });

  it('has all pages without a limit, one with its link with a limit', async () => {
    const whole = await api.get('/customers', { headers: { ...minPosition, ...csv } });
    const rows = parse(whole.body as string, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(13);
    expect(nextOf(whole, '/customers')).toBeUndefined();
    expect(whole.headers.get('vary')).toMatch(/accept\b/i);
    const pages: string[] = [];
    for (let address: string | undefined = '/customers?limit=5'; address !== undefined; ) {
      const page = await api.get(address, { headers: { ...minPosition, ...csv } });
      pages.push(...(parse(page.body as string, { columns: true }) as Record<string, string>[]).map((row) => row.customerId!));
      address = nextOf(page, address);
    }
    expect(pages).toEqual(rows.map((row) => row.customerId));
  });

  it('does not let a text become a formula, and keeps quotes, lines and letters', async () => {
    const timeline = await api.get(`/customers/${customerId}/timeline`, { headers: { ...minPosition, ...csv } });
    expect(timeline.body).toContain('Привет');
    const displayName = '=HYPERLINK("http://example.com", "x")\nand more';
    const named = await api.post('/customers', { kind: 'person', displayName });
    const headers = { 'min-position': named.body.position, ...csv };
    const { body } = await api.get(`/customers?customerId=${named.body.ids.customerId}`, { headers });
    expect(parse(body as string, { columns: true })).toEqual([expect.objectContaining({ displayName: `'${displayName}` })]);
  });

  it('takes every filter that the JSON takes', async () => {
    const view = viewCatalogue.find(({ name }) => name === 'find-customers')!;
    const given: Readonly<Record<string, string>> = {
      customerId,
      name: 'Ольга',
      identifier: 'a@example.com',
      curatorId: 'maria',
      workOf: 'maria',
      role: 'customer',
      kind: 'person',
      segment: 'retail',
      status: 'active',
      registeredFrom: '2020-01-01',
      registeredTo: '2099-01-01',
      lastContactFrom: '2020-01-01',
      lastContactTo: '2099-01-01',
      contacted: 'true',
      sort: 'registeredAt',
      direction: 'desc',
      total: 'true',
      asOf: '2029-01-01',
    };
    const alone = Object.keys(view.parameters).filter((name) => !['limit', 'cursor', 'identifierKind'].includes(name));
    expect(Object.keys(given)).toEqual(alone);
    const queries = [...Object.entries(given).map(([name, value]) => ({ [name]: value })), { identifier: 'a', identifierKind: 'email' }];
    for (const query of queries) {
      const address = `/customers?${new URLSearchParams(query)}`;
      const [json, answer] = [
        await api.get(address, { headers: minPosition }),
        await api.get(address, { headers: { ...minPosition, ...csv } }),
      ];
      expect([query, json.status, answer.status]).toEqual([query, 200, 200]);
      expect(parse(answer.body as string)).toHaveLength(1 + json.body.customers.length);
    }
  });

  it('of a list without pages has the first rows where a limit is given', async () => {
    const address = '/views/desk?curatorId=maria&asOf=2029-01-01&date=2030-01-01&limit=1';
    for (const date of ['2030-01-01', '2030-01-02'])
      await api.post(`/customers/${customerId}/promises`, { text: 'again', dueAt: '2030-01-01T00:00:00Z', promiseId: date });
    const last = { 'min-position': (await api.post(`/customers/${customerId}/contacts`, inbound)).body.position };
    const json = await api.get(address, { headers: last });
    expect(json.body).toMatchObject({ plan: [expect.anything()], cut: expect.arrayContaining(['plan']) });
    const answer = await api.get(`${address}&table=plan`, { headers: { ...last, ...csv } });
    expect([answer.status, parse(answer.body as string)]).toEqual([200, [expect.anything(), expect.anything()]]);
  });

  it('of a record requires the name of a list', async () => {
    const { status, body } = await api.get(`/customers/${customerId}`, { headers: csv });
    expect([status, body.errors]).toEqual([
      400,
      [{ pointer: 'table', detail: expect.stringContaining('one of detailsHistory, identifiers') }],
    ]);
  });

  it('gives way to JSON where there is no table, and where JSON is preferred', async () => {
    const asked = async (address: string, accept: string) => {
      const { status, headers } = await api.get(address, { headers: { accept } });
      return [status, headers.get('content-type')?.split(';')[0]];
    };
    expect(await asked('/views/funnel/durations', 'text/csv;q=0.5, application/json;q=0.4')).toEqual([200, 'application/json']);
    expect(await asked('/customers', 'text/csv;q=0.5, */*;q=0.9')).toEqual([200, 'application/json']);
    expect(await asked('/views/funnel/durations', 'text/csv')).toEqual([406, 'application/problem+json']);
    expect(await asked('/events', 'text/csv')).toEqual([406, 'application/problem+json']);
    expect(await asked('/events', 'text/csv, */*;q=0.1')).toEqual([200, 'application/json']);
  });

  it('is offered to nobody who asks for JSON', async () => {
    const { status, body } = await api.get('/views/funnel?limit=1');
    expect([status, body.errors[0].detail]).toEqual([400, expect.not.stringMatching(/table/)]);
    const role = await api.get('/customers?role=foo');
    expect([role.status, role.body.errors]).toEqual([
      400,
      [{ pointer: 'role', detail: expect.stringContaining('must be one of customer') }],
    ]);
  });

  it('is rejected where there is no such table, and a table is rejected without it', async () => {
    const wrong = await api.get(`/customers/${customerId}/timeline?table=nothing`, { headers: csv });
    expect([wrong.status, wrong.body.errors[0]]).toEqual([400, { pointer: 'table', detail: 'must be one of entries, planned' }]);
    const json = await api.get(`/customers/${customerId}/timeline?table=planned`);
    expect([json.status, json.body.errors[0]]).toEqual([400, { pointer: 'table', detail: 'requires Accept: text/csv' }]);
    const hidden = await api.get('/customers/unknown/timeline', { headers: csv });
    expect([hidden.status, hidden.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
  });

  it('has what is on several pages', async () => {
    const items = Array.from({ length: 1_000 }, () => ({ name: 'register-customer', body: { kind: 'person', segment: 'many' } }));
    await api.post('/commands', items);
    const one = await api.post('/customers', { kind: 'person', segment: 'many' });
    const headers = { 'min-position': one.body.position, ...csv };
    const { body } = await api.get('/customers?segment=many', { headers });
    const rows = parse(body as string, { columns: true }) as Record<string, string>[];
    expect(new Set(rows.map((row) => row.customerId)).size).toBe(1_001);
    expect(rows).toHaveLength(1_001);
  });

  it('is not read for HEAD', async () => {
    const head = await api.get('/customers', { method: 'HEAD', headers: { ...minPosition, ...csv } });
    expect([head.status, head.body]).toEqual([200, '']);
  });
});
