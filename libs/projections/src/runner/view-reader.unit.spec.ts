import { toPosition } from '#event-log/position.js';
import { openReadModels, type ReadModelStore, type Scalar } from '#read-models';
import { writeAlias } from './aliases.js';
import { inBlocks } from './blocks.js';
import { type Build, collectionsOf } from './build.js';
import { createViewReader } from './view-reader.js';

const build: Build = { view: 'churn', version: 2, generation: 1, policies: {} };

describe('a view reader', () => {
  it('answers what a customer added', async () => {
    const store = openReadModels('memory:');
    const { deltas } = collectionsOf(build);
    await store.declare([{ kind: 'documents', name: deltas, fields: [], indexes: [] }]);
    await writeAlias(store, 'churn', { generations: 1, current: build, pinned: false, retired: [] });
    const position = '00000000000000000007' as never;
    const upserts = [
      { collection: deltas, key: `anna|${position}`, position, fields: {}, body: { 'measure=contacts|': [20_089, 20_090, 5] } },
    ];
    await store.commit([{ projection: 'churn@2.1', position, upserts, deletes: [], increments: [] }]);
    const reader = createViewReader(store);
    expect(await reader.added('churn', 'anna', 'measure=contacts|')).toEqual([['2025-01-01', '2025-01-02', 5]]);
    expect(await reader.added('churn', 'anna', 'measure=silent|')).toEqual([]);
    await store.close();
  });

  describe('of rows in blocks', () => {
    const texts: Build = { view: 'texts', version: 1, generation: 1, policies: {} };
    const { rows, blocks } = collectionsOf(texts);
    let store: ReadModelStore;
    let at = 0;
    beforeEach(async () => {
      store = openReadModels('memory:');
      await store.declare([
        { kind: 'documents', name: rows, fields: ['state', 'rank'], indexes: [['state', 'rank']] },
        { kind: 'documents', name: blocks, fields: [], indexes: [] },
      ]);
      await writeAlias(store, 'texts', { generations: 1, current: texts, pinned: false, retired: [] });
    });
    afterEach(() => store.close());

    async function put(key: string, fields: Readonly<Record<string, Scalar>>, body: unknown): Promise<void> {
      const cut = inBlocks(key, body);
      const position = toPosition(++at);
      const upserts = [
        ...cut.blocks.map((block) => ({ collection: blocks, fields: {}, position, ...block })),
        { collection: rows, key, fields, position, json: cut.json },
      ];
      await store.commit([{ projection: 'texts@1.1', position, upserts, deletes: [], increments: [] }]);
    }
    const items = (count: number, letter: string) => ({ items: Array.from({ length: count }, (_, n) => [n, letter.repeat(900)]) });

    it('ends a page early where they are long, and continues behind it', async () => {
      for (let n = 0; n < 7; n++) await put(`anna|${n}`, { state: 'open', rank: 7 - n }, items(1_500, 'x'));
      await put('anna|short', { state: 'open', rank: 0 }, { items: [] });
      const reader = createViewReader(store);
      const pages: (readonly string[])[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await reader.rows('texts', {
          where: { state: 'open' },
          sort: { field: 'rank', direction: 'asc' },
          ...(cursor && { cursor }),
        });
        for (const { key, body } of page.documents) expect(body).toEqual(key === 'anna|short' ? { items: [] } : items(1_500, 'x'));
        pages.push(page.documents.map(({ key }) => key));
        cursor = page.next;
      }
      expect(pages).toEqual([['anna|short', 'anna|6', 'anna|5'], ['anna|4', 'anna|3'], ['anna|2', 'anna|1'], ['anna|0']]);
    });

    it('leaves out one that ceased to match while the page was read', async () => {
      await put('anna|1', { state: 'open', rank: 1 }, items(100, 'x'));
      await put('anna|2', { state: 'open', rank: 2 }, items(100, 'x'));
      const changes = [
        () => put('anna|1', { state: 'closed', rank: 1 }, items(100, 'y')),
        () => put('anna|2', { state: 'open', rank: 2 }, items(100, 'z')),
      ];
      const reader = createViewReader({
        ...store,
        async getMany(collection, keys) {
          for (const change of changes.splice(0)) await change();
          return store.getMany(collection, keys);
        },
      });
      const { documents } = await reader.rows('texts', { where: { state: 'open' } });
      expect(documents.map(({ key, body }) => [key, body])).toEqual([['anna|2', items(100, 'z')]]);
    });
  });
});
