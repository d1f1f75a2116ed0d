import { openReadModels } from '#read-models';
import { writeAlias } from './aliases.js';
import { collectionsOf, type Instance } from './instance.js';
import { createViewReader } from './view-reader.js';

const instance: Instance = { view: 'churn', version: 2, generation: 1, policies: {} };

describe('a view reader', () => {
  it('answers what a customer added', async () => {
    const store = openReadModels('memory:');
    const { deltas } = collectionsOf(instance);
    await store.declare([{ kind: 'documents', name: deltas, fields: [], indexes: [] }]);
    await writeAlias(store, 'churn', { generations: 1, current: instance, pinned: false, retired: [] });
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
});
