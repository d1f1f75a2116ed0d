import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, call, ready } from '../api/test-api.js';
import { type Workplace, workplace } from '../cli/letopis.js';
import { type Serving, serve } from '../cli/server.js';
import { blocksOf, page } from '../docs/pages.js';
import { type CopiedTree, copyTree } from './copied-tree.js';

/** What docs/architecture.md says under "How to add" is done to a copy of the tree, which is built and driven. */
let tree: CopiedTree;
let place: Workplace;
beforeAll(async () => {
  tree = await copyTree();
  tree.copyIn('test/registry/branch', 'libs/relationship/src/branch');
  for (const { info, code } of blocksOf(page('architecture'))) {
    const [language, file] = info.split(' ');
    if (file === undefined) continue;
    if (language === 'diff') tree.change(file, code);
    else tree.write(file, code);
  }
  await tree.build();
  place = workplace(tree.root);
  place.file('branches.csv', 'code,name,command\nn,North,open\ns,South,open\nn,North,rename\nx,Nowhere,rename\n');
  place.file('more.csv', 'code,name,command\ns,South-East,rename\nx,Nowhere,rename\n');
  const target = { $id: 'branch', of: 'code' };
  const title = { $column: 'name' };
  const commands = ['open', 'rename'].map((name) => ({
    command: `${name}-branch`,
    when: { column: 'command', equals: name },
    target,
    body: { title },
  }));
  place.file('mapping.json', JSON.stringify({ system: 'atlas', source: { format: 'csv' }, commands }));
});
afterAll(() => {
  place?.remove();
  tree?.remove();
});

const importFile = async (file: string, ...more: readonly string[]) => {
  const { code, stdout, stderr } = await place.run('import', file, '--mapping', 'mapping.json', '--json', ...more);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
};
const types = async () => (await place.events()).map(({ type }) => type);

describe('what was added as docs/architecture.md says: an aggregate', () => {
  it('is among the commands that a mapping may issue', async () => {
    const { stdout } = await place.run('import', '--commands');
    expect(stdout.split('\n').filter((line) => line.includes('branch'))).toEqual([
      'open-branch              branch    Open a branch',
      'rename-branch            branch    Rename a branch',
      'close-branch             branch    Close a branch',
    ]);
  });

  it('is rehearsed without a trace, imported, and imported again without another event', async () => {
    const outcome = { rows: 4, eventsAppended: 2, rejected: 1 };
    expect(await importFile('branches.csv', '--dry-run')).toMatchObject(outcome);
    expect((await place.run('events')).code).toBe(3);
    expect(await importFile('branches.csv')).toMatchObject(outcome);
    expect((await types()).filter((type) => type.startsWith('branch-'))).toEqual(['branch-opened', 'branch-opened']);
    expect(place.read('branches.csv.rejects.csv')).toMatch(/Branch [0-9a-f-]{36} is not open/);
    expect(await importFile('branches.csv')).toMatchObject({ rows: 4, eventsAppended: 0, rejected: 1 });
  });

  it('is rehearsed on what the chronicle holds', async () => {
    expect(await importFile('more.csv', '--dry-run')).toMatchObject({ rows: 2, eventsAppended: 1, rejected: 1 });
    expect(await types()).not.toContain('branch-renamed');
  });

  it('has its streams read by name', async () => {
    const [{ stream, data } = { stream: '', data: {} }] = await place.domainEvents();
    expect(stream).toMatch(/^branch-[0-9a-f-]{36}$/);
    const { code, stdout } = await place.run('events', stream, '--types', 'branch-opened');
    expect([code, JSON.parse(stdout).data]).toEqual([0, data]);
  });

  describe('over HTTP', () => {
    let server: Serving;
    beforeAll(async () => {
      server = await serve(place, { PROCESSES: 'embedded' });
      await ready(server.url);
    });
    afterAll(() => server?.stop());
    const get = async (address: string) => (await call(server.url + address, { key: server.key })).body;
    const waited = async (address: string, { body }: Answer) =>
      (await call(server.url + address, { key: server.key, headers: { 'min-position': body.position } })).body;
    const post = (address: string, body: unknown) => call(server.url + address, { key: server.key, body });

    it('has its routes, ids and rejections', async () => {
      const opened = await post('/branches', { title: 'Harbour' });
      const { branchId } = opened.body.ids;
      expect([opened.status, opened.headers.get('etag')]).toEqual([201, '"0"']);
      expect((await post(`/branches/${branchId}/rename`, { title: 'Quay' })).body).toMatchObject({ revision: 1, ids: { branchId } });
      expect((await post('/branches', { branchId: 'a b', title: 'x' })).body.errors).toEqual([
        { pointer: '/branchId', detail: 'must be 1 to 64 letters, digits, hyphens and underscores, never an address or a name' },
      ]);
      expect((await post(`/branches/${branchId}/close`, {})).status).toBe(200);
      const rejected = await post(`/branches/${branchId}/rename`, { title: 'Pier' });
      expect([rejected.status, rejected.body.type, rejected.body.branchId]).toEqual([409, '/problems/branch-not-open', branchId]);
      expect((await call(server.url + rejected.body.type, { key: undefined as never })).status).toBe(200);
    });

    it('takes items of the bulk endpoint in their order, by its own member alone', async () => {
      const { body } = await post('/commands', [
        { name: 'open-branch', body: { branchId: 'b-1', title: 'East' } },
        { name: 'rename-branch', branchId: 'b-1', body: { title: 'Far East' } },
        { name: 'rename-branch', customerId: 'b-1', body: { title: 'West' } },
      ]);
      expect(body.results.map(({ status }: { readonly status: number }) => status)).toEqual([201, 200, 422]);
      expect(body.results[2].problem.errors).toEqual([
        { pointer: '/customerId', detail: 'the target of rename-branch belongs in branchId' },
        { pointer: '/branchId', detail: 'is required' },
      ]);
    });

    it('is imported through the server, which knows what was imported on the data folder', async () => {
      expect(await importFile('branches.csv', ...server.there)).toMatchObject({ rows: 4, eventsAppended: 0, rejected: 1 });
      expect(await importFile('more.csv', ...server.there)).toMatchObject({ rows: 2, eventsAppended: 1, rejected: 1 });
    });

    it('is described: its commands and events, what may be sent over Kafka, and that its events are not published', async () => {
      const { paths, tags, components } = await get('/openapi.json');
      expect(paths['/branches/{branchId}/close'].post).toMatchObject({ operationId: 'close-branch', tags: ['branches'] });
      expect(tags).toContainEqual({ name: 'branches', description: 'Where the company has its offices' });
      expect(components.schemas.BranchOpenedEvent.properties.type).toEqual({ const: 'branch-opened', type: 'string' });
      const asyncApi = JSON.stringify(await get('/asyncapi.json'));
      expect(['"open-branch"', '"close-branch"', '"branch-opened"'].map((name) => asyncApi.includes(name))).toEqual([true, false, false]);
    });

    it('and an event with its command, which is decided, described, told in the timeline and imported', async () => {
      const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
      const agreement = `/customers/${customerId}/agreements/a-1`;
      await post(`/customers/${customerId}/agreements`, { agreementId: 'a-1', activeUntil: '2099-01-01T00:00:00Z' });
      const renewed = await post(`${agreement}/renew`, { activeUntil: '2100-01-01T00:00:00Z' });
      expect([renewed.status, renewed.body.revision]).toEqual([200, 2]);
      const { events } = await get(`/customers/${customerId}/events`);
      expect(events[2]).toMatchObject({ type: 'partnership-renewed', data: { activeUntil: '2100-01-01T00:00:00.000Z' } });
      const { entries } = await waited(`/customers/${customerId}/timeline`, renewed);
      expect(entries.map(({ type }: { readonly type: string }) => type)).toContain('partnership-renewed');
      const { paths, components } = await get('/openapi.json');
      expect(paths['/customers/{customerId}/agreements/{agreementId}/renew'].post['x-rejection-codes']).toContain('renewal-too-short');
      expect(components.schemas.PartnershipRenewedEvent).toBeDefined();
      expect(JSON.stringify(await get('/asyncapi.json'))).toContain('"partnership-renewed"');
      expect((await place.run('import', '--commands')).stdout).toContain('renew-partnership');
    });

    it('and a rule, which rejects', async () => {
      const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
      const agreement = `/customers/${customerId}/agreements/a-1`;
      expect((await post(`${agreement}/renew`, { activeUntil: '2100-01-01T00:00:00Z' })).body.type).toBe('/problems/agreement-unknown');
      await post(`/customers/${customerId}/agreements`, { agreementId: 'a-1', activeUntil: '2099-01-01T00:00:00Z' });
      const { status, body } = await post(`${agreement}/renew`, { activeUntil: '2099-01-02T00:00:00Z' });
      expect([status, body.type, body.leastDays]).toEqual([422, '/problems/renewal-too-short', 30]);
    });

    it('and a policy, which is published and used', async () => {
      expect((await get('/policies/renewal')).versions).toMatchObject([{ version: 1, document: { leastDays: 30 } }]);
      expect((await post('/policies/renewal', { document: { leastDays: 0 } })).body.type).toBe('/problems/policy-document-invalid');
      expect((await post('/policies/renewal', { document: { leastDays: 1 } })).status).toBe(200);
      const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
      await post(`/customers/${customerId}/agreements`, { agreementId: 'a-1', activeUntil: '2099-01-01T00:00:00Z' });
      expect((await post(`/customers/${customerId}/agreements/a-1/renew`, { activeUntil: '2099-01-02T00:00:00Z' })).status).toBe(200);
    });

    it('and a view, which counts and names its events', async () => {
      const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
      await post(`/customers/${customerId}/agreements`, { agreementId: 'a-1', activeUntil: '2099-01-01T00:00:00Z' });
      const renewed = await post(`/customers/${customerId}/agreements/a-1/renew`, { activeUntil: '2100-01-01T00:00:00Z' });
      const { renewals, series, asOf } = await waited('/views/renewals', renewed);
      expect(renewals).toBeGreaterThan(0);
      const { contributors } = await get(`/views/renewals/events?series=${encodeURIComponent(series)}&asOf=${asOf}`);
      expect(contributors.length).toBe(renewals);
      expect(contributors).toContainEqual(expect.objectContaining({ customerId, events: renewed.body.events, amount: 1 }));
    });

    it('and a process, which issues commands for events', async () => {
      const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
      await post(`/customers/${customerId}/agreements`, { agreementId: 'a-1', activeUntil: '2099-01-01T00:00:00Z' });
      const renewed = await post(`/customers/${customerId}/agreements/a-1/renew`, { activeUntil: '2100-01-01T00:00:00Z' });
      const ofCustomer = async () => (await get(`/customers/${customerId}/events`)).events as readonly Record<string, unknown>[];
      while (!(await ofCustomer()).some(({ type }) => type === 'contact-planned'));
      const planned = (await ofCustomer()).filter(({ type }) => type === 'contact-planned');
      expect(planned).toMatchObject([{ actor: { kind: 'system', id: 'process-thanks' }, data: { channel: 'phone' } }]);
      const { events } = await get('/events?types=process-commands-issued&limit=1000');
      const issued = events.find(({ id }: { readonly id: string }) => id === planned[0]?.causationId);
      expect(issued).toMatchObject({ stream: `process-thanks-${customerId}`, causationId: renewed.body.events[0] });
      expect((await get('/health/ready')).processes.map(({ name }: { readonly name: string }) => name)).toEqual([
        'thanks',
        'overdue',
        'erasure',
        'retention',
      ]);
    });

    it('is in the log that others read', async () => {
      const { events } = await get('/events?types=branch-renamed');
      expect(events.map(({ data }: { readonly data: object }) => data)).toEqual(
        ['Quay', 'Far East', 'South-East'].map((title) => ({ title })),
      );
    });
  });
});
