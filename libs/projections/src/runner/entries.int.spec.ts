import fc from 'fast-check';
import { openReadModels } from '#read-models';
import type { Entry } from '../projection.js';
import type { EntriesQuery } from '../view-reader.js';
import { bundled, entriesIn, readEntries } from './entries.js';

const fields = ['kind', 'known'];
const position = '00000000000000000001' as never;
const entry = fc.record({
  customer: fc.constantFrom('anna', 'annabel'),
  rest: fc.integer({ min: 100, max: 999 }).map(String),
  kind: fc.constantFrom('deal', 'contact', null),
  known: fc.constantFrom('2026-01-01', '2026-01-02'),
  later: fc.boolean(),
});
const query = fc.record({
  from: fc.integer({ min: 50, max: 1_050 }),
  to: fc.integer({ min: 50, max: 1_050 }),
  after: fc.boolean(),
  whole: fc.boolean(),
  order: fc.constantFrom('asc', 'desc'),
  kind: fc.constantFrom('deal', 'contact', undefined),
  known: fc.constantFrom('2026-01-01', undefined),
  limit: fc.constantFrom(1, 3, 50, 501),
});

describe('entries', () => {
  it('are answered alike whether they are stored alone or together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { selector: ({ customer, rest }) => `${customer}|${rest}`, maxLength: 900, size: 'max' }),
        fc.array(query, { minLength: 5, maxLength: 10 }),
        async (made, queries) => {
          const store = openReadModels('memory:');
          await store.declare([{ kind: 'documents', name: 'places', fields, indexes: [] }]);
          const all = made.map(({ customer, rest, kind, known, later }) => ({
            key: `${customer}|${rest}`,
            position,
            fields: { kind, known },
            customer,
            later,
          }));
          const upserts = [];
          for (const customerId of ['anna', 'annabel']) {
            const own = all.filter(({ customer }) => customer === customerId);
            const first = own.filter(({ later }) => !later);
            for (const each of own.filter(({ later }) => later)) upserts.push({ ...each, collection: 'places', json: '{}' });
            if (first.length === 0) continue;
            for (const each of bundled(customerId, first, fields)) upserts.push({ ...each, collection: 'places', fields: {} });
          }
          const batch = { projection: 'places@1', position: 'unchanged', upserts, deletes: [], increments: [] } as const;
          await store.commit([batch]);
          for (const each of queries) {
            const asked = askedFor(each);
            expect(await readEntries(store, 'places', asked)).toEqual(expected(all, asked));
          }
          await store.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  it('that are stored together take as few documents as they can, and each is read from its own', () => {
    const many = Array.from({ length: 401 }, (_, i) => ({
      key: `anna|${1_000 + ((i * 7) % 401)}`,
      position,
      fields: { kind: 'deal', known: null },
    }));
    const documents = [...bundled('anna', many, fields)];
    expect(documents.map(({ key }) => key)).toEqual(['anna|!1000', 'anna|!1200', 'anna|!1400']);
    const told = documents.flatMap(({ json, ...each }) => entriesIn({ ...each, fields: {}, body: JSON.parse(json) }));
    expect(told).toEqual(Array.from({ length: 401 }, (_, i) => ({ key: `anna|${1_000 + i}`, fields: { kind: 'deal', known: null } })));
  });
});

function askedFor({
  from,
  to,
  after,
  whole,
  order,
  kind,
  known,
  limit,
}: typeof query extends fc.Arbitrary<infer Value> ? Value : never): EntriesQuery {
  const customerId = 'anna';
  const start = whole ? { gte: `${customerId}|` } : after ? { gt: `${customerId}|${from}` } : { gte: `${customerId}|${from}` };
  return {
    customerId,
    keys: { ...start, lt: whole ? `${customerId}}` : `${customerId}|${to}` },
    order: order as 'asc' | 'desc',
    limit,
    ...(kind !== undefined && { where: { kind } }),
    ...(known !== undefined && { atMost: { known } }),
  };
}

function expected(
  all: readonly (Entry & { readonly customer: string })[],
  { customerId, keys, order, where, atMost, limit }: EntriesQuery,
) {
  const found = all
    .filter(({ customer, key }) => customer === customerId && key < keys.lt && (keys.gt === undefined ? key >= keys.gte : key > keys.gt))
    .filter(({ fields }) => where === undefined || fields.kind === where.kind)
    .filter(({ fields }) => atMost === undefined || String(fields.known) <= atMost.known!)
    .map(({ key, fields }) => ({ key, fields }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return (order === 'asc' ? found : found.reverse()).slice(0, limit);
}
