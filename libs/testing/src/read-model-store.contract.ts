import fc from 'fast-check';
import type {
  CollectionSpec,
  FindQuery,
  ProjectionBatch,
  ReadModelStore,
  Scalar,
  TotalEntry,
  TotalsQuery,
  Upsert,
} from '#read-models/read-model-store.js';

/** One empty engine for one test. */
export interface ReadModelEngine {
  readonly store: ReadModelStore;
  /** The same contents through a second connection, where the engine outlives one. */
  readonly beside?: () => ReadModelStore;
  /** A connection that loads together with this one. */
  readonly writingBeside?: () => ReadModelStore;
  /** Of another process that would keep the same contents up to date. */
  readonly rival?: () => ReadModelStore;
  readonly dispose: () => Promise<void>;
}

/** `bulk-load`: empty collections are loaded in bulk; `beside`: others read while one writes; `holding`: one writer at a time, or one group. */
type Capability = 'bulk-load' | 'beside' | 'holding';

export interface ReadModelEngineTraits {
  /** Its tests are skipped by name. */
  readonly lacks?: readonly Capability[];
  /** Why this server does not sort text by code point. */
  readonly sortsTextOtherwise?: string;
}

const tasks: Extract<CollectionSpec, { kind: 'documents' }> = {
  kind: 'documents',
  name: 'tasks_1',
  fields: ['curator', 'due', 'score'],
  indexes: [
    ['curator', 'due'],
    ['score', 'key', 'due'],
  ],
};
const sums: CollectionSpec = { kind: 'totals', name: 'sums_1' };
const at = (position: number) => `${position}`.padStart(20, '0') as ProjectionBatch['position'] & Upsert['position'];

const upsert = (key: string, fields: Record<string, Scalar> = {}, body: unknown = { key }, position = 1): Upsert => ({
  collection: 'tasks_1',
  key,
  position: at(position),
  fields,
  body,
});
const batch = (position: number | 'unchanged' | 'bulk-load', changes: Partial<ProjectionBatch> = {}): ProjectionBatch => ({
  projection: 'tasks@1',
  position: typeof position === 'number' ? at(position) : position,
  upserts: [],
  deletes: [],
  increments: [],
  ...changes,
});
const increment = (entry: Partial<TotalEntry>) => ({
  collection: 'sums_1',
  entry: { series: 'measure=entered|', day: '2026-01-01', known: '2026-01-01', amount: 1, ...entry },
});

const entryArbitrary = fc.record({
  series: fc.constantFrom('measure=a|', 'measure=a|x=1|', 'measure=a|x=2|', 'measure=ab|', 'measure=b|'),
  day: fc.integer({ min: 0, max: 500 }).map(dayOf),
  known: fc.integer({ min: 0, max: 500 }).map(dayOf),
  amount: fc.integer({ min: -3, max: 3 }),
});
const optionally = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const queryArbitrary = fc.record({
  prefix: optionally(fc.constantFrom('measure=a|', 'measure=a|x=2|', 'measure=c|')),
  from: optionally(fc.integer({ min: -10, max: 510 }).map(dayOf)),
  to: optionally(fc.integer({ min: -10, max: 510 }).map(dayOf)),
  knownTo: optionally(fc.integer({ min: -10, max: 510 }).map(dayOf)),
});

/** Nothing of what an adapter does: amounts are small, and names of series are ASCII. */
function sumOf(entries: readonly TotalEntry[], { prefix = '', from = '', to = '~', knownTo = '~' }: Omit<TotalsQuery, 'by'>) {
  const asked = entries.filter(({ series, day, known }) => series.startsWith(prefix) && from <= day && day <= to && known <= knownTo);
  return [...Map.groupBy(asked, ({ series }) => series)]
    .map(([series, own]) => ({ series, amount: own.reduce((sum, { amount }) => sum + amount, 0) }))
    .filter(({ amount }) => amount !== 0)
    .sort((a, b) => (a.series < b.series ? -1 : 1));
}

/** Few entries to a month, so that many come to nothing, and then many. */
async function sumsAnyRange(store: ReadModelStore, filled: () => Promise<void> = async () => undefined): Promise<void> {
  const seed = Date.now();
  const [few, many] = [40, 400].map((numRuns) => fc.sample(entryArbitrary, { seed, numRuns }) as TotalEntry[]);
  const commit = (entries: readonly TotalEntry[]) => store.commit([batch('unchanged', { increments: entries.map(increment) })]);
  const expectSums = async (entries: readonly TotalEntry[]) => {
    for (const asked of fc.sample(queryArbitrary, { seed, numRuns: 40 })) {
      const query = {
        ...(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as typeof asked),
        by: 'series',
      } as const;
      expect({ seed, query, sums: await store.totals('sums_1', query) }).toEqual({ seed, query, sums: sumOf(entries, asked) });
    }
  };
  await commit(few!);
  await filled();
  await expectSums(few!);
  for (let at = 0; at < many!.length; at += 100) await commit(many!.slice(at, at + 100));
  await expectSums([...few!, ...many!]);
}

function dayOf(number: number): string {
  return new Date(Date.UTC(2025, 5, 15 + number)).toISOString().slice(0, 10);
}

/** What every adapter of ReadModelStore does. Runs in a spec file; one engine a test. */
export function readModelStoreContract(name: string, open: () => Promise<ReadModelEngine>, traits: ReadModelEngineTraits = {}): void {
  describe(`${name} keeps the ReadModelStore contract`, () => {
    const itWith = (capability: Capability, title: string, test: () => Promise<void>) =>
      traits.lacks?.includes(capability) ? it.skip(`${title} [lacks ${capability}]`, test) : it(title, test);
    let engine: ReadModelEngine;
    let store: ReadModelStore;
    beforeEach(async () => {
      expect.hasAssertions();
      engine = await open();
      store = engine.store;
      await store.declare([tasks, sums]);
    });
    afterEach(() => engine.dispose());

    it('declares what it lacks', () => {
      const can = {
        'bulk-load': store.beginBulkLoad !== undefined,
        beside: engine.beside !== undefined,
        holding: store.hold !== undefined && engine.rival !== undefined,
      };
      const lacking = Object.entries(can).filter(([, has]) => !has);
      expect(lacking.map(([capability]) => capability).sort()).toEqual([...(traits.lacks ?? [])].sort());
    });

    const put = (...upserts: Upsert[]) => store.commit([batch('unchanged', { upserts })]);
    const keys = async (query: FindQuery) => (await store.find('tasks_1', query)).documents.map(({ key }) => key);
    const pages = async (query: FindQuery, between: () => Promise<void> = async () => undefined) => {
      const seen: string[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const page = await store.find('tasks_1', { ...query, ...(cursor && { cursor }) });
        seen.push(...page.documents.map(({ key }) => key));
        cursor = page.next;
        more = cursor !== undefined;
        await between();
      }
      return seen;
    };
    const add = (...entries: Partial<TotalEntry>[]) => store.commit([batch('unchanged', { increments: entries.map(increment) })]);

    describe('declaring', () => {
      it('declares the same collections again without a change', async () => {
        await put(upsert('a'));
        await store.declare([tasks, sums]);
        expect(await store.count('tasks_1')).toBe(1);
      });

      it('rejects a known name with other fields', async () => {
        await expect(store.declare([{ ...tasks, fields: ['curator', 'due', 'score', 'more'] }])).rejects.toMatchObject({
          name: 'CollectionMismatch',
        });
      });

      it('rejects a known name with other indexes', async () => {
        await expect(store.declare([{ ...tasks, indexes: [['due']] }])).rejects.toMatchObject({
          name: 'CollectionMismatch',
          collection: 'tasks_1',
        });
      });

      it('rejects a known name of another kind', async () => {
        await expect(store.declare([{ kind: 'totals', name: 'tasks_1' }])).rejects.toMatchObject({ name: 'CollectionMismatch' });
      });

      it('rejects names that are no identifiers', async () => {
        await expect(store.declare([{ kind: 'totals', name: 'a"; DROP TABLE x' }])).rejects.toMatchObject({ name: 'InvalidName' });
        await expect(store.declare([{ kind: 'documents', name: 'x', fields: ['key'], indexes: [] }])).rejects.toMatchObject({
          name: 'InvalidName',
        });
      });

      it('rejects an index on a field that is not declared', async () => {
        await expect(store.declare([{ kind: 'documents', name: 'x', fields: ['a'], indexes: [['b']] }])).rejects.toMatchObject({
          name: 'UndeclaredField',
          field: 'b',
        });
      });

      it('declares all collections of a call or none', async () => {
        await expect(
          store.declare([
            { kind: 'totals', name: 'fresh_1' },
            { ...tasks, fields: [], indexes: [] },
          ]),
        ).rejects.toThrow();
        await expect(store.totals('fresh_1', { by: 'series' })).rejects.toMatchObject({ name: 'UnknownCollection' });
      });

      it('takes fields that are called like columns of an engine', async () => {
        const names = ['position', 'body', 'order', 'group', 'id'];
        await store.declare([{ kind: 'documents', name: 'select', fields: names, indexes: [names] }]);
        const fields = Object.fromEntries(names.map((field, i) => [field, i]));
        await store.commit([batch('unchanged', { upserts: [{ ...upsert('a', fields), collection: 'select' }] })]);
        expect(
          (await store.find('select', { where: { position: 0, group: 3 }, sort: { field: 'order', direction: 'desc' } })).documents[0]
            ?.fields,
        ).toEqual(fields);
      });

      it('names a collection that nobody declared', async () => {
        for (const ask of [
          () => store.get('nothing', 'a'),
          () => store.getMany('nothing', ['a']),
          () => store.find('nothing', {}),
          () => store.count('nothing'),
          () => store.totals('nothing', { by: 'day' }),
          () => store.commit([batch(1, { upserts: [{ ...upsert('a'), collection: 'nothing' }] })]),
        ]) {
          await expect(ask()).rejects.toMatchObject({ name: 'UnknownCollection', collection: 'nothing' });
        }
      });

      it('drops collections together with the checkpoint of their owner and of nobody else', async () => {
        await store.commit([batch(5, { upserts: [upsert('a')] }), { ...batch(5), projection: 'other@1' }]);
        await store.drop('tasks@1', ['tasks_1']);
        await expect(store.get('tasks_1', 'a')).rejects.toMatchObject({ name: 'UnknownCollection' });
        expect(await store.checkpoint('tasks@1')).toBe(at(0));
        expect(await store.checkpoint('other@1')).toBe(at(5));
        expect(await store.totals('sums_1', { by: 'series' })).toEqual([]);
      });

      it('starts empty when a dropped collection is declared again, with other fields too', async () => {
        await put(upsert('a'));
        await store.drop('tasks@1', ['tasks_1']);
        await store.declare([{ ...tasks, fields: ['curator'], indexes: [] }]);
        expect(await keys({})).toEqual([]);
        await put(upsert('b', { curator: 'x' }));
        expect((await store.get('tasks_1', 'b'))?.fields).toEqual({ curator: 'x' });
      });

      it('drops what is not there without an error', async () => {
        await expect(store.drop('never@1', ['never_1'])).resolves.toBeUndefined();
      });
    });

    describe('documents', () => {
      it('answers a document as it was put, with its position and its fields', async () => {
        await put(upsert('a', { curator: 'x', due: '2026-01-01', score: 1.5 }, { nested: [1, { deep: null }] }, 7));
        expect(await store.get('tasks_1', 'a')).toEqual({
          key: 'a',
          position: at(7),
          fields: { curator: 'x', due: '2026-01-01', score: 1.5 },
          body: { nested: [1, { deep: null }] },
        });
      });

      it('answers undefined for a key that is not there', async () => {
        expect(await store.get('tasks_1', 'a')).toBeUndefined();
      });

      it('replaces the whole document', async () => {
        await put(upsert('a', { curator: 'x', score: 1 }, { old: true }));
        await put(upsert('a', { due: 'z' }, { fresh: true }, 2));
        expect(await store.get('tasks_1', 'a')).toEqual({
          key: 'a',
          position: at(2),
          fields: { curator: null, due: 'z', score: null },
          body: { fresh: true },
        });
      });

      it('keeps nothing in common with the object that was put or answered', async () => {
        const body = { list: [1] };
        await put(upsert('a', {}, body));
        body.list.push(2);
        (await store.get<{ list: number[] }>('tasks_1', 'a'))?.body.list.push(3);
        expect((await store.get('tasks_1', 'a'))?.body).toEqual({ list: [1] });
      });

      it('keeps any text: letters of all scripts, emoji, quotes, zero bytes', async () => {
        const text = `Ольга 王 🦉 'quoted' "double" \u0000 % _ \\ \u{10FFFF} é e\u0301`;
        await put(upsert(text, { curator: text }, { text }));
        expect(await store.get('tasks_1', text)).toMatchObject({ key: text, fields: { curator: text }, body: { text } });
        expect(await keys({ where: { curator: text } })).toEqual([text]);
      });

      it('keeps whole and broken numbers exactly, and apart from text that looks like them', async () => {
        const numbers = [0, -1, 0.1, Number.MAX_SAFE_INTEGER, -1e-7];
        await put(...numbers.map((score) => upsert(`${score}`, { score })), upsert('text', { score: '0.1' }));
        for (const score of numbers) expect(await keys({ where: { score } })).toEqual([`${score}`]);
        expect(await keys({ where: { score: '0.1' } })).toEqual(['text']);
      });

      it('answers many documents at once and leaves out those that are not there', async () => {
        await put(upsert('a'), upsert('b'), upsert('c'));
        expect([...(await store.getMany('tasks_1', ['c', 'a', 'z'])).keys()].sort()).toEqual(['a', 'c']);
        expect((await store.getMany('tasks_1', [])).size).toBe(0);
      });

      it('rejects a field that is not declared, naming it and the declared ones, and keeps nothing of that commit', async () => {
        await expect(store.commit([batch(1, { upserts: [upsert('a'), upsert('b', { colour: 'red' })] })])).rejects.toMatchObject({
          name: 'UndeclaredField',
          field: 'colour',
          message: 'tasks_1 has no field colour; declared: curator, due, score',
        });
        expect(await store.count('tasks_1')).toBe(0);
        expect(await store.checkpoint('tasks@1')).toBe(at(0));
      });
    });

    describe('finding', () => {
      beforeEach(() =>
        put(
          upsert('a', { curator: 'x', due: '2026-01-03', score: 3 }),
          upsert('b', { curator: 'x', due: '2026-01-01', score: 1 }),
          upsert('c', { curator: 'y', due: '2026-01-02', score: null }),
          upsert('d', { curator: null, due: '2026-01-02', score: 2 }),
          upsert('e', { curator: 'x', due: null, score: 3 }),
        ),
      );

      it('answers everything by key when nothing is asked', async () => {
        expect(await keys({})).toEqual(['a', 'b', 'c', 'd', 'e']);
      });

      it('finds by equality, by any of several values and by null', async () => {
        expect(await keys({ where: { curator: 'x' } })).toEqual(['a', 'b', 'e']);
        expect(await keys({ where: { curator: ['y', 'x'], score: [3, 1] } })).toEqual(['a', 'b', 'e']);
        expect(await keys({ where: { curator: null } })).toEqual(['d']);
        expect(await keys({ where: { curator: ['y', null] } })).toEqual(['c', 'd']);
        expect(await keys({ where: { curator: [] } })).toEqual([]);
      });

      it('finds by ranges, which match no null', async () => {
        expect(await keys({ range: { score: { gte: 2 } } })).toEqual(['a', 'd', 'e']);
        expect(await keys({ range: { score: { gt: 1, lt: 3 } } })).toEqual(['d']);
        expect(await keys({ range: { due: { lte: '2026-01-02' } } })).toEqual(['b', 'c', 'd']);
        expect(await keys({ range: { due: { lte: null } } })).toEqual([]);
      });

      it('finds texts by a part of them: letters of all scripts, signs of patterns, zero bytes; no number and no null', async () => {
        const texts = ['смирнова', '王小明', 'a.b*c', 'a\\b', 'x\0y', '12', '😀', ''];
        await put(...texts.map((text, i) => upsert(`t${i}`, { curator: 'texts', due: text })), upsert('n', { curator: 'texts', due: 12 }));
        const containing = (text: string) => keys({ where: { curator: 'texts' }, contains: { due: text } });
        expect(await containing('ирн')).toEqual(['t0']);
        expect(await containing('小明')).toEqual(['t1']);
        expect(await containing('.')).toEqual(['t2']);
        expect(await containing('b*')).toEqual(['t2']);
        expect(await containing('\\b')).toEqual(['t3']);
        expect(await containing('\0y')).toEqual(['t4']);
        expect(await containing('2')).toEqual(['t5']);
        expect(await containing('😀')).toEqual(['t6']);
        expect(await containing('(')).toEqual([]);
        expect(await containing('')).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7']);
        expect(await keys({ contains: { due: '2026' }, range: { score: { gte: 2 } }, sort: { field: 'due', direction: 'desc' } })).toEqual([
          'a',
          'd',
        ]);
        expect(await store.count('tasks_1', { contains: { due: '01-0' } })).toBe(4);
      });

      it('searches by key without a declaration', async () => {
        expect(await keys({ where: { key: ['a', 'z'] } })).toEqual(['a']);
        expect(await keys({ range: { key: { gt: 'b', lte: 'd' } }, sort: { field: 'key', direction: 'desc' } })).toEqual(['d', 'c']);
      });

      it('sorts ascending with null first, ties by key', async () => {
        expect(await keys({ sort: { field: 'score', direction: 'asc' } })).toEqual(['c', 'b', 'd', 'a', 'e']);
      });

      it('sorts descending as the exact reverse', async () => {
        expect(await keys({ sort: { field: 'score', direction: 'desc' } })).toEqual(['e', 'a', 'd', 'b', 'c']);
      });

      const { sortsTextOtherwise } = traits;
      (sortsTextOtherwise ? it.skip : it)(`sorts text by code point${sortsTextOtherwise ? ` [${sortsTextOtherwise}]` : ''}`, async () => {
        const texts = ['Z', 'a', 'я', '\uFFFD', '😀', 'é', ''];
        await put(...texts.map((text, i) => upsert(`t${i}`, { curator: 'texts', due: text })));
        const found = await store.find('tasks_1', { where: { curator: 'texts' }, sort: { field: 'due', direction: 'asc' } });
        expect(found.documents.map(({ fields }) => fields.due)).toEqual(['', 'Z', 'a', 'é', 'я', '\uFFFD', '😀']);
      });

      it('counts what matches', async () => {
        expect(await store.count('tasks_1')).toBe(5);
        expect(await store.count('tasks_1', { where: { curator: 'x' }, range: { score: { gt: 1 } } })).toBe(2);
      });

      it('rejects to search or sort by a field that is not declared', async () => {
        for (const query of [
          { where: { colour: 1 } },
          { range: { colour: { gt: 1 } } },
          { contains: { colour: 'red' } },
          { sort: { field: 'colour', direction: 'asc' as const } },
        ]) {
          await expect(store.find('tasks_1', query)).rejects.toMatchObject({
            name: 'UndeclaredField',
            declared: ['curator', 'due', 'score'],
          });
        }
      });

      it('rejects a limit outside 1 to 1000', async () => {
        for (const limit of [0, 1001, 1.5]) await expect(store.find('tasks_1', { limit })).rejects.toMatchObject({ name: 'InvalidQuery' });
      });

      it('answers 100 documents when no limit is given', async () => {
        await put(...Array.from({ length: 120 }, (_, i) => upsert(`n${i}`)));
        expect(await keys({})).toHaveLength(100);
      });
    });

    describe('paging', () => {
      const fields = (i: number) => ({ curator: i % 2 ? 'x' : 'y', score: i % 5 === 0 ? null : i % 3 });
      const everything = () => put(...Array.from({ length: 47 }, (_, i) => upsert(`k${String(i).padStart(2, '0')}`, fields(i))));

      it.each(['asc', 'desc'] as const)('walks through all documents once in %s order, nulls and ties included', async (direction) => {
        await everything();
        const whole = await keys({ sort: { field: 'score', direction }, limit: 1000 });
        expect(whole).toHaveLength(47);
        for (const limit of [1, 2, 7, 46, 47]) expect(await pages({ sort: { field: 'score', direction }, limit })).toEqual(whole);
      });

      it('walks by key and within conditions', async () => {
        await everything();
        const query = { where: { curator: 'x' }, range: { score: { gte: 1 } } };
        expect(await pages({ ...query, limit: 4 })).toEqual(await keys(query));
      });

      it('says that there is no next page when the last one is just full', async () => {
        await put(upsert('a'), upsert('b'));
        expect((await store.find('tasks_1', { limit: 2 })).next).toBeUndefined();
      });

      it('ends a page of large documents before its limit, and loses none of them', async () => {
        const text = 'x'.repeat(900_000);
        const of = (key: string, characters: string) => upsert(key, { curator: 'large' }, { text: characters });
        await put(...['l1', 'l2', 'l3', 'l4', 'l5', 'l6'].map((key) => of(key, text)), of('l7', text.repeat(6)), of('l8', ''));
        const sizes: (readonly string[])[] = [];
        for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
          const page = await store.find('tasks_1', { where: { curator: 'large' }, limit: 1000, ...(cursor !== undefined && { cursor }) });
          sizes.push(page.documents.map(({ key }) => key));
          cursor = page.next;
        }
        expect(sizes).toEqual([['l1', 'l2', 'l3', 'l4'], ['l5', 'l6'], ['l7'], ['l8']]);
      });

      it('neither repeats nor loses a document when others come and go between pages', async () => {
        await everything();
        let turn = 0;
        const seen = await pages({ sort: { field: 'score', direction: 'asc' }, limit: 5 }, async () => {
          turn++;
          const gone = { collection: 'tasks_1', key: `new${turn - 1}` };
          await store.commit([batch('unchanged', { deletes: [gone], upserts: [upsert(`new${turn}`, { score: turn % 3 })] })]);
        });
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((key) => key.startsWith('k'))).toHaveLength(47);
      });

      it('goes on where a document stood that has been deleted', async () => {
        await put(upsert('a'), upsert('b'), upsert('c'));
        const { next } = await store.find('tasks_1', { limit: 2 });
        await store.commit([batch('unchanged', { deletes: [{ collection: 'tasks_1', key: 'b' }] })]);
        expect(await keys({ limit: 2, cursor: next! })).toEqual(['c']);
      });

      it('takes a cursor with another limit, and none with other conditions or another order', async () => {
        await everything();
        const sort = { field: 'score', direction: 'asc' } as const;
        const { next: cursor } = await store.find('tasks_1', { sort, limit: 3 });
        expect(await keys({ sort, limit: 9, cursor: cursor! })).toHaveLength(9);
        for (const other of [{ sort: { ...sort, direction: 'desc' as const } }, { sort, where: { curator: 'x' } }, {}]) {
          await expect(store.find('tasks_1', { ...other, cursor: cursor! })).rejects.toMatchObject({ name: 'InvalidCursor' });
        }
      });

      it('rejects a cursor that somebody changed', async () => {
        await everything();
        const { next } = await store.find('tasks_1', { limit: 3 });
        const forged = Buffer.from(Buffer.from(next!, 'base64url').toString().replace('k02', 'k20')).toString('base64url');
        for (const cursor of ['', '!', 'abc', forged, next!.slice(1), `${next}x`, Buffer.from('[2,"",null,"k"]').toString('base64url')]) {
          await expect(store.find('tasks_1', { limit: 3, cursor })).rejects.toMatchObject({ name: 'InvalidCursor' });
        }
      });
    });

    describe('totals', () => {
      const jan = (day: number) => `2026-01-${String(day).padStart(2, '0')}`;

      it('sums a series, and a series by day', async () => {
        await add({ day: jan(1), amount: 2 }, { day: jan(2), amount: 3 }, { day: jan(2), known: jan(5), amount: 5 });
        expect(await store.totals('sums_1', { by: 'series' })).toEqual([{ series: 'measure=entered|', amount: 10 }]);
        expect(await store.totals('sums_1', { by: 'day' })).toEqual([
          { series: 'measure=entered|', day: jan(1), amount: 2 },
          { series: 'measure=entered|', day: jan(2), amount: 8 },
        ]);
      });

      it('answers as of a day and as known on a day, both inclusive', async () => {
        await add(
          { day: jan(1), known: jan(1), amount: 1 },
          { day: jan(1), known: jan(9), amount: 10 },
          { day: jan(8), known: jan(8), amount: 100 },
        );
        expect(await store.totals('sums_1', { by: 'series', to: jan(1) })).toMatchObject([{ amount: 11 }]);
        expect(await store.totals('sums_1', { by: 'series', from: jan(2) })).toMatchObject([{ amount: 100 }]);
        expect(await store.totals('sums_1', { by: 'series', knownTo: jan(8) })).toMatchObject([{ amount: 101 }]);
        expect(await store.totals('sums_1', { by: 'series', to: jan(7), knownTo: jan(8) })).toMatchObject([{ amount: 1 }]);
      });

      it('finds the series that begin with a prefix, in order', async () => {
        for (const series of ['measure=b|x=1|', 'measure=a|', 'measure=a|x=я|', 'measure=ab|']) await add({ series });
        const found = await store.totals('sums_1', { by: 'series', prefix: 'measure=a|' });
        expect(found.map(({ series }) => series)).toEqual(['measure=a|', 'measure=a|x=я|']);
      });

      it('forgets an entry that comes to nothing, and leaves out a sum of nothing', async () => {
        await add({ amount: 2 }, { amount: -2 });
        await add({ day: jan(3), amount: 4 }, { day: jan(4), amount: -4 });
        expect(await store.totals('sums_1', { by: 'series' })).toEqual([]);
        expect(await store.totals('sums_1', { by: 'day' })).toMatchObject([{ amount: 4 }, { amount: -4 }]);
      });

      it('keeps large amounts exact', async () => {
        await add({ amount: 4_503_599_627_370_496 }, { amount: 4_503_599_627_370_494 });
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 9_007_199_254_740_990 }]);
      });

      it('adds beyond what numbers hold exactly, and comes back', async () => {
        const total = async () => (await store.totals('sums_1', { by: 'series' }))[0]!.amount;
        const most = Number.MAX_SAFE_INTEGER;
        await add({ amount: most });
        expect(await total()).toBe(most);
        await add({ amount: 2 }, { amount: most });
        expect(Number.isSafeInteger(await total())).toBe(false);
        await add({ day: jan(2), amount: most });
        expect(Number.isSafeInteger(await total())).toBe(false);
        await add({ amount: -most });
        await add({ day: jan(3), amount: -most });
        expect(Number.isSafeInteger(await total())).toBe(false);
        await add({ amount: -3 });
        expect(await total()).toBe(most - 1);
      });

      it('sums any range of days and of knowledge as if entry by entry', () => sumsAnyRange(store));

      it('takes a month apart whose days come to nothing', async () => {
        await add(
          { day: jan(3), amount: 4 },
          { day: jan(20), amount: -4 },
          { day: '2026-02-01', amount: 1 },
          { day: '2026-02-02', amount: -1 },
        );
        expect(await store.totals('sums_1', { by: 'series', to: jan(10) })).toMatchObject([{ amount: 4 }]);
        expect(await store.totals('sums_1', { by: 'series', from: jan(10), to: '2026-02-01' })).toMatchObject([{ amount: -3 }]);
      });

      it('goes on however much is added', async () => {
        const most = Number.MAX_SAFE_INTEGER;
        for (let times = 0; times < 40; times++)
          await add(...Array.from({ length: 50 }, (_, i) => ({ day: jan(1 + (i % 2)), amount: most })));
        const [total] = await store.totals('sums_1', { by: 'series' });
        expect(Number.isSafeInteger(total!.amount)).toBe(false);
        expect(total!.amount).toBeGreaterThan(0);
        await add(...Array.from({ length: 4 }, () => ({ day: '2026-02-01', amount: 7 })), { day: '2026-02-01', amount: -7 });
        expect(await store.totals('sums_1', { by: 'series', from: '2026-02-01' })).toMatchObject([{ amount: 21 }]);
      });
    });

    describe('committing', () => {
      it('moves the checkpoint with the changes, from the origin on', async () => {
        expect(await store.checkpoint('tasks@1')).toBe(at(0));
        await store.commit([batch(3, { upserts: [upsert('a')], increments: [increment({})] })]);
        expect(await store.checkpoint('tasks@1')).toBe(at(3));
        expect(await store.count('tasks_1')).toBe(1);
      });

      it('applies a batch twice as once', async () => {
        const once = batch(3, { upserts: [upsert('a')], increments: [increment({ amount: 5 })] });
        for (let i = 0; i < 3; i++) await store.commit([once]);
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 5 }]);
      });

      it('changes nothing by a batch below the checkpoint', async () => {
        await store.commit([batch(5, { upserts: [upsert('a', {}, 'new')] })]);
        await store.commit([batch(4, { upserts: [upsert('a', {}, 'old'), upsert('b')], deletes: [{ collection: 'tasks_1', key: 'a' }] })]);
        expect((await store.get('tasks_1', 'a'))?.body).toBe('new');
        expect(await store.count('tasks_1')).toBe(1);
        expect(await store.checkpoint('tasks@1')).toBe(at(5));
      });

      it('takes the new batches of a commit and passes over the old ones', async () => {
        await store.commit([batch(5)]);
        await store.commit([batch(5, { upserts: [upsert('a')] }), { ...batch(5, { upserts: [upsert('b')] }), projection: 'other@1' }]);
        expect(await keys({})).toEqual(['b']);
      });

      it('rejects a batch that continues from another checkpoint than the stored one, and changes nothing by it', async () => {
        await store.commit([batch(5)]);
        const late = { ...batch(7, { upserts: [upsert('a')], increments: [increment({})] }), after: at(4) };
        const rejection = { name: 'CheckpointMoved', projection: 'tasks@1', expected: at(4), found: at(5) };
        await expect(store.commit([late])).rejects.toMatchObject(rejection);
        await expect(store.commit([{ ...batch(4, { upserts: [upsert('b')] }), after: at(3) }])).rejects.toMatchObject({ found: at(5) });
        expect(await keys({})).toEqual([]);
        expect(await store.totals('sums_1', { by: 'series' })).toEqual([]);
        expect(await store.checkpoint('tasks@1')).toBe(at(5));
      });

      it('takes a batch that continues from the stored checkpoint, once, from the origin on', async () => {
        const first = { ...batch(3, { increments: [increment({ amount: 5 })] }), after: at(0) };
        const empty = { ...batch(4), after: at(3) };
        const last = { ...batch(6, { increments: [increment({ amount: 7 })] }), after: at(4) };
        for (const each of [first, empty, last]) {
          await store.commit([each]);
          await expect(store.commit([each])).rejects.toMatchObject({ name: 'CheckpointMoved', expected: each.after, found: each.position });
        }
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 12 }]);
        expect(await store.checkpoint('tasks@1')).toBe(at(6));
      });

      it('lets one of several writers go on from a checkpoint', async () => {
        const writers = ['a', 'b', 'c', 'd'].map((key, i) => store.commit([{ ...batch(i + 1, { upserts: [upsert(key)] }), after: at(0) }]));
        const outcomes = await Promise.allSettled(writers);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await keys({})).toHaveLength(1);
      });

      it('leaves the checkpoint where it is for a repair', async () => {
        await store.commit([batch(5)]);
        await store.commit([batch('unchanged', { upserts: [upsert('a')] })]);
        expect(await keys({})).toEqual(['a']);
        expect(await store.checkpoint('tasks@1')).toBe(at(5));
      });

      it('takes a repair of where it stands alone, and nothing that follows a batch that somebody else was quicker than', async () => {
        await store.commit([batch(5)]);
        const repair = batch('unchanged', { upserts: [upsert('a')], increments: [increment({})] });
        await expect(store.commit([{ ...repair, after: at(4) }])).rejects.toMatchObject({ name: 'CheckpointMoved', found: at(5) });
        const claim = (position: number, after: number) => ({ ...batch(position), projection: 'repairs@1', after: at(after) });
        await store.commit([claim(1, 0), { ...repair, after: at(5) }]);
        await expect(store.commit([claim(2, 0), { ...repair, after: at(5) }])).rejects.toMatchObject({ name: 'CheckpointMoved' });
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 1 }]);
        expect(await store.checkpoint('tasks@1')).toBe(at(5));
      });

      it('takes a batch only while another checkpoint stands where it says', async () => {
        const unmoved = (position: number) => ({ projection: 'repairs@1', position: at(position) });
        await store.commit([{ ...batch(5, { upserts: [upsert('a')] }), after: at(0), unmoved: unmoved(0) }]);
        await store.commit([{ ...batch(1), projection: 'repairs@1' }]);
        const late = { ...batch(6, { upserts: [upsert('b')] }), after: at(5), unmoved: unmoved(0) };
        await expect(store.commit([late])).rejects.toMatchObject({ name: 'CheckpointMoved', projection: 'tasks@1', found: at(1) });
        expect(await store.checkpoint('tasks@1')).toBe(at(5));
        await store.commit([{ ...batch(6, { upserts: [upsert('c')] }), after: at(5), unmoved: unmoved(1) }]);
        expect(await keys({})).toEqual(['a', 'c']);
      });

      it('deletes before it upserts', async () => {
        await put(upsert('a', {}, 'old'), upsert('b'));
        const deletes = ['a', 'b', 'never'].map((key) => ({ collection: 'tasks_1', key }));
        await store.commit([batch(1, { deletes, upserts: [upsert('a', {}, 'new')] })]);
        expect(await keys({})).toEqual(['a']);
        expect((await store.get('tasks_1', 'a'))?.body).toBe('new');
      });

      it('keeps all batches of a commit or none', async () => {
        const bad = { ...batch(1, { upserts: [{ ...upsert('b'), collection: 'nothing' }] }), projection: 'other@1' };
        await expect(store.commit([batch(1, { upserts: [upsert('a')], increments: [increment({})] }), bad])).rejects.toThrow();
        expect(await store.count('tasks_1')).toBe(0);
        expect(await store.totals('sums_1', { by: 'series' })).toEqual([]);
        expect(await store.checkpoint('tasks@1')).toBe(at(0));
      });
    });

    describe('bulk-load', () => {
      itWith('bulk-load', 'comes to the same collections as committing does', async () => {
        await store.beginBulkLoad!(['tasks_1', 'sums_1']);
        await put(upsert('b', {}, 'former'));
        await put(upsert('b', { curator: 'x', due: '2' }), upsert('a', { curator: 'x', due: '1' }));
        await add({ amount: 2 }, { day: '2026-01-02', amount: 4 });
        await add({ amount: 3 }, { day: '2026-01-02', amount: -4 });
        await store.endBulkLoad!(['tasks_1', 'sums_1']);
        expect(await keys({ where: { curator: 'x' }, sort: { field: 'due', direction: 'asc' } })).toEqual(['a', 'b']);
        expect(await store.totals('sums_1', { by: 'day' })).toEqual([{ series: 'measure=entered|', day: '2026-01-01', amount: 5 }]);
        await put(upsert('a', { curator: 'y' }));
        await add({ amount: 1 });
        expect(await keys({ where: { curator: 'x' } })).toEqual(['b']);
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 6 }]);
        expect(await engine.beside?.().count('tasks_1')).toBe(engine.beside && 2);
      });

      itWith('bulk-load', 'comes to the same sums of any range', async () => {
        await store.beginBulkLoad!(['sums_1']);
        await sumsAnyRange(store, () => store.endBulkLoad!(['sums_1']));
      });

      itWith('bulk-load', 'is joined over other connections', async () => {
        const other = engine.writingBeside!();
        for (const each of [store, other]) await each.beginBulkLoad!(['tasks_1', 'sums_1']);
        await Promise.all([
          put(upsert('a')),
          other.commit([batch('bulk-load', { upserts: [upsert('b')], increments: [increment({ amount: 2 })] })]),
        ]);
        await other.beginBulkLoad!(['tasks_1', 'sums_1']);
        await add({ amount: 3 });
        await other.close();
        await store.endBulkLoad!(['tasks_1', 'sums_1']);
        expect(await keys({})).toEqual(['a', 'b']);
        expect(await store.totals('sums_1', { by: 'series' })).toMatchObject([{ amount: 5 }]);
      });

      itWith('bulk-load', 'is rejected for collections that hold something already', async () => {
        await put(upsert('a'));
        await expect(store.beginBulkLoad!(['tasks_1'])).rejects.toThrow();
        expect(await keys({})).toEqual(['a']);
      });
    });

    describe('holding', () => {
      const held = { name: 'ReadModelsUnavailable', message: expect.stringContaining('the views are kept up to date by ') };

      itWith('holding', 'lets one store in, however often it asks, until it is closed', async () => {
        const rival = engine.rival!();
        for (let i = 0; i < 2; i++) await store.hold!();
        await expect(rival.hold!()).rejects.toMatchObject({ ...held, message: expect.stringContaining(`process ${process.pid} on `) });
        await store.commit([batch(1, { upserts: [upsert('a')] })]);
        await store.close();
        await rival.hold!();
        await rival.commit([batch(2, { upserts: [upsert('b')] })]);
        expect(await rival.count('tasks_1')).toBe(2);
        await rival.close();
      });

      itWith('holding', 'lets a group in together, and nobody beside it until all of them are closed', async () => {
        const [member, alone] = [engine.rival!(), engine.rival!()];
        await store.hold!('group');
        await member.hold!('group');
        await expect(alone.hold!()).rejects.toMatchObject(held);
        await store.close();
        await expect(alone.hold!()).rejects.toMatchObject(held);
        await member.commit([batch(1, { upserts: [upsert('a')] })]);
        await member.close();
        await alone.hold!();
        await alone.close();
      });

      itWith('holding', 'keeps a group out while one holds it alone', async () => {
        const member = engine.rival!();
        await store.hold!();
        await expect(member.hold!('group')).rejects.toMatchObject(held);
        await store.close();
        await member.hold!('group');
        await member.close();
      });
    });

    describe('settings', () => {
      it('answers the last value put, and undefined before', async () => {
        expect(await store.getSetting('alias:funnel')).toBeUndefined();
        await store.putSetting('alias:funnel', { generation: 1 });
        await store.putSetting('alias:funnel', { generation: 2 });
        expect(await store.getSetting('alias:funnel')).toEqual({ generation: 2 });
      });
    });

    describe('beside and after', () => {
      itWith('beside', 'shows a second connection what was committed, and what was declared and dropped meanwhile', async () => {
        const reader = engine.beside!();
        await store.commit([batch(2, { upserts: [upsert('a')] })]);
        expect(await reader.get('tasks_1', 'a')).toMatchObject({ key: 'a' });
        await store.declare([{ ...tasks, name: 'late_1' }]);
        expect(await reader.count('late_1')).toBe(0);
        await store.drop('tasks@1', ['tasks_1']);
        await expect(reader.get('tasks_1', 'a')).rejects.toMatchObject({ name: 'UnknownCollection' });
        await reader.close();
      });

      it('says that it is closed', async () => {
        await store.close();
        await expect(store.get('tasks_1', 'a')).rejects.toMatchObject({ name: 'ReadModelsUnavailable' });
        await expect(store.commit([batch(1)])).rejects.toMatchObject({ name: 'ReadModelsUnavailable' });
        await store.close();
      });
    });
  });
}
