import { createMemoryReadModels } from '#read-models';
import { contributorKey, createContributors, readContributors } from './contributors.js';

const series = 'measure=entered|stage=lead|';
const position = '00000000000000000007';

async function stored(together: readonly (readonly string[])[], alone: readonly string[]) {
  const store = createMemoryReadModels();
  await store.declare([{ kind: 'documents', name: 'who', fields: [], indexes: [] }]);
  const documents = together.flatMap((customers) => {
    const contributors = createContributors();
    for (const customer of customers) contributors.add(series, customer);
    contributors.add('measure=entered|stage=lead|x=1|', 'of-another-series');
    return [...contributors.together()];
  });
  const all = [...documents, ...alone.map((customer) => ({ key: contributorKey(series, customer), json: '{}' }))];
  const upserts = all.map(({ key, json }) => ({ collection: 'who', key, json, position, fields: {} }));
  await store.commit([{ projection: 'v@1.1', position, upserts, deletes: [], increments: [] } as never]);
  return async (limit: number) => {
    const pages: (readonly string[])[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await readContributors(store, 'who', { series, limit, ...(cursor !== undefined && { cursor }) });
      pages.push(page.customers);
      cursor = page.next;
    }
    return pages;
  };
}

describe('contributors to a series', () => {
  const ids = (count: number, step: number) => Array.from({ length: count }, (_, n) => `c${String(n * step).padStart(5, '0')}`);

  it.each([1, 7, 100, 1000])(
    'are read whole and in order by pages of %i, whether they are stored together, alone or both',
    async (limit) => {
      // A build writes each customer once, in any order.
      const gathered = [0, 1, 2].map((share) =>
        ids(90, 1)
          .filter((_, n) => n % 3 === share)
          .reverse(),
      );
      const alone = [...ids(30, 5), 'A', '-', 'Ольга'];
      const pages = await (await stored(gathered, alone))(limit);
      expect(pages.flat()).toEqual([...new Set([...gathered.flat(), ...alone])].sort());
      expect(pages.slice(0, -1).every(({ length }) => length > 0 && length <= limit)).toBe(true);
    },
  );

  it('are stored a thousand to a document', async () => {
    const contributors = createContributors();
    for (const customer of ids(2_500, 1)) contributors.add(series, customer);
    expect([...contributors.together()].map(({ key }) => key)).toEqual(['c00000', 'c01000', 'c02000'].map((id) => `${series}|!${id}`));
    expect(await (await stored([ids(2_500, 1)], []))(1_000)).toEqual([
      ids(1_000, 1),
      ids(2_000, 1).slice(1_000),
      ids(2_500, 1).slice(2_000),
    ]);
  });

  it('are none where there is nobody', async () => {
    expect(await (await stored([], []))(10)).toEqual([[]]);
  });
});
