import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../api/test-api.js';
import { type Workplace, workplace } from '../cli/letopis.js';
import { type Serving, serve } from '../cli/server.js';
import { type CopiedTree, copyTree } from './copied-tree.js';

/**
 * What an aggregate costs: `branch/` copied into the domain and a line in its registry, nothing else. Everything that issues commands and reads
 * streams has to know it then.
 */
let tree: CopiedTree;
let place: Workplace;
beforeAll(async () => {
  tree = await copyTree();
  tree.copyIn('test/registry/branch', 'libs/relationship/src/branch');
  tree.replace('libs/relationship/src/aggregates.ts', 'export const aggregates = [', 'export const aggregates = [branch, ');
  tree.replace(
    'libs/relationship/src/aggregates.ts',
    "import { curator } from './curators/curator.js';",
    "import { branch } from './branch/branch.js';\nimport { curator } from './curators/curator.js';",
  );
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

describe('an aggregate that was added by a folder and a line', () => {
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
      server = await serve(place);
    });
    afterAll(() => server?.stop());
    const get = async (address: string) => (await call(server.url + address, { key: server.key })).body;
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
        { pointer: '/customerId', detail: 'rename-branch has its target in branchId' },
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

    it('is in the log that others read', async () => {
      const { events } = await get('/events?types=branch-renamed');
      expect(events.map(({ data }: { readonly data: object }) => data)).toEqual(
        ['Quay', 'Far East', 'South-East'].map((title) => ({ title })),
      );
    });
  });
});
