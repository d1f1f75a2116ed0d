import { toCount, toPosition } from '#event-log/position.js';
import { openReadModels } from '#read-models/open-read-models.js';

// A program to be killed: commits one document, one increment and the checkpoint at a time, for ever, and says each to its parent.
const store = openReadModels(process.argv[2]!);
await store.declare([
  { kind: 'documents', name: 'crash_1', fields: ['number'], indexes: [['number']] },
  { kind: 'totals', name: 'crash_totals_1' },
]);
const entry = { series: 'measure=commits|', day: '2026-01-01', known: '2026-01-01' };
for (let number = toCount(await store.checkpoint('crash@1')) + 1; ; number++) {
  const position = toPosition(number);
  const body = 'x'.repeat((number % 50) * 400);
  await store.commit([
    {
      projection: 'crash@1',
      position,
      upserts: Array.from({ length: 20 }, (_, i) => ({ collection: 'crash_1', key: `${number}-${i}`, position, fields: { number }, body })),
      deletes: [],
      increments: [{ collection: 'crash_totals_1', entry: { ...entry, amount: 20 } }],
    },
  ]);
  process.send?.(number);
  if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
