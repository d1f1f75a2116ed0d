import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toPosition } from '#event-log/position.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import { deleteId, emptyIdMap, type IdMap, setId } from '#relationship/kernel/id-map.js';
import { extended, type History, noHistory } from '#relationship/read-side.js';
import { assembled, inBlocks } from './blocks.js';

interface Document {
  readonly customerId: string;
  readonly calls: History<{ readonly at: string; readonly text: string }>;
  readonly byId: IdMap<{ readonly text: string; readonly said: readonly string[] }>;
  readonly named: Readonly<Record<string, unknown>>;
  readonly flat: readonly string[];
  readonly absent?: undefined;
}

const empty: Document = { customerId: 'c', calls: noHistory, byId: emptyIdMap, named: {}, flat: [], absent: undefined };

let store: ReadModelStore;
let at = 0;
let written: readonly { readonly key: string; readonly json: string }[] = [];
let former: { readonly body: Document; readonly isLong: boolean } | undefined;

beforeEach(async () => {
  store = openReadModels('memory:');
  at = 0;
  former = undefined;
  await store.declare(['documents', 'blocks'].map((name) => ({ kind: 'documents', name, fields: [], indexes: [] })));
});

const put = async (document: Document): Promise<void> => {
  const position = toPosition(++at);
  const { json, blocks, deleted, isLong } = inBlocks('c', document, former);
  former = { body: document, isLong };
  written = [{ key: 'c', json }, ...blocks];
  await store.commit([
    {
      projection: 'p',
      position,
      deletes: deleted.map((key) => ({ collection: 'blocks', key })),
      upserts: [
        { collection: 'documents', key: 'c', position, fields: {}, json },
        ...blocks.map((block) => ({ collection: 'blocks', position, fields: {}, ...block })),
      ],
      increments: [],
    },
  ]);
};
const read = () => store.get<Document>('documents', 'c');
const whole = async () => (await assembled(store, 'blocks', [(await read())!], read))[0]!.body;
const asStored = (document: Document) => JSON.parse(JSON.stringify(document)) as unknown;

const instant = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
const withCalls = (document: Document, from: number, count: number): Document => {
  let calls = document.calls;
  for (let n = from; n < from + count; n++) calls = extended(calls, { at: instant(n), text: `call ${n} `.repeat(5) });
  return { ...document, calls };
};

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.nat(6_000).map((length) => 'ж"'.repeat(length)),
);
const change = fc.oneof(
  fc.record({ from: fc.nat(1_000), count: fc.nat(300) }).map(
    ({ from, count }) =>
      (document: Document) =>
        withCalls(document, from, count),
  ),
  fc.record({ id: fc.nat(60), text }).map(({ id, text }) => (document: Document): Document => {
    const said = Array.from({ length: id * 3 }, (_, n) => `${text.slice(0, 20)} ${n}`);
    return { ...document, byId: setId(document.byId, `id-${id}`, { text, said }) };
  }),
  fc.nat(60).map(
    (id) =>
      (document: Document): Document => ({ ...document, byId: deleteId(document.byId, `id-${id}`) }),
  ),
  fc
    .record({
      name: fc.oneof(fc.constantFrom('__proto__', '7', '|apart', 'length'), fc.string({ maxLength: 8 })),
      value: fc.oneof(text, fc.array(text)),
    })
    .map(({ name, value }) => (document: Document): Document => {
      const others = Object.entries(document.named).filter(([known]) => known !== name);
      return { ...document, named: Object.fromEntries([...others, [name, value]]) };
    }),
  fc.array(fc.string(), { maxLength: 400, size: 'max' }).map(
    (flat) =>
      (document: Document): Document => ({ ...document, flat }),
  ),
  fc.constant((): Document => empty),
);

describe('a document in blocks', () => {
  it('comes out as it went in, and is stored as if it had been written at once, whatever changed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        let document = empty;
        for (const each of changes) {
          document = each(document);
          await put(document);
          expect(await whole()).toEqual(asStored(document));
          const { blocks, json } = inBlocks('c', JSON.parse(JSON.stringify(document)));
          expect((await read())!.body).toEqual(JSON.parse(json));
          const stored = await store.find('blocks', { limit: 1000 });
          expect(stored.documents.map(({ key, body }) => ({ key, json: JSON.stringify(body) }))).toEqual(
            blocks.toSorted((one, other) => (one.key < other.key ? -1 : 1)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stores nothing that is longer than a few thousand characters, but where one value is', async () => {
    const items = Array.from({ length: 2_000 }, (_, n) => n);
    const long: Document = {
      ...withCalls(empty, 0, 5_000),
      byId: items.reduce<Document['byId']>((map, n) => setId(map, `id-${n}`, { text: `of ${n}`, said: [`${n}`] }), emptyIdMap),
      named: Object.fromEntries(items.map((n) => [`name ${n}`, { value: n, more: [n, n] }])),
      flat: items.map((n) => `item ${n}`),
    };
    await put({ ...long, named: { ...long.named, huge: 'x'.repeat(50_000) } });
    const lengths = written.map(({ json }) => json.length).sort((a, b) => b - a);
    expect(lengths[0]).toBeGreaterThan(50_000);
    expect(lengths[1]).toBeLessThan(4_000);
    expect(await whole()).toEqual(asStored({ ...long, named: { ...long.named, huge: 'x'.repeat(50_000) } }));
  });

  it('writes of a long one as much as of a short one: the blocks that changed', async () => {
    const [short, long] = [withCalls(empty, 0, 100), withCalls(empty, 0, 20_000)];
    const bytesOfOneMore = async (document: Document, n: number) => {
      former = undefined;
      await put(document);
      await put(withCalls(document, n, 1));
      return written.reduce((sum, { json }) => sum + json.length, 0);
    };
    const [few, many] = [await bytesOfOneMore(short, 100), await bytesOfOneMore(long, 20_000)];
    expect(many).toBeLessThan(Math.max(2 * few, 10_000));
    expect(written.length).toBeLessThan(6);
  });

  it('is an array again where it was one', async () => {
    const body = Array.from({ length: 300 }, (_, n) =>
      n % 100 === 0 ? Array.from({ length: 2_000 }, (_, m) => `${n}.${m}`) : `item ${n}`,
    );
    const { json, blocks } = inBlocks('c', body);
    expect(blocks.length).toBeGreaterThan(3);
    const upserts = [{ collection: 'documents', key: 'c', json }, ...blocks.map((block) => ({ collection: 'blocks', ...block }))];
    const position = toPosition(++at);
    const batch = { projection: 'p', position, deletes: [], increments: [] };
    await store.commit([{ ...batch, upserts: upserts.map((each) => ({ ...each, position, fields: {} })) }]);
    expect(await whole()).toEqual(body);
  });

  it('is read some hundred blocks at a time, however many it has', async () => {
    const long = { ...withCalls(empty, 0, 16_000), flat: [] };
    await put(long);
    const asked: number[] = [];
    const counting: Pick<ReadModelStore, 'getMany'> = {
      getMany(collection, keys) {
        asked.push(keys.length);
        return store.getMany(collection, keys);
      },
    };
    const [found] = await assembled(counting, 'blocks', [(await read())!], read);
    expect(found!.body).toEqual(asStored(long));
    expect(Math.max(...asked)).toBe(500);
  });

  it('is not read with a block of a later time', async () => {
    const long = withCalls(empty, 0, 1_000);
    await put(long);
    const stale = (await read())!;
    const changed = withCalls(long, 3, 1);
    await put(changed);
    expect((await assembled(store, 'blocks', [stale], read))[0]!.body).toEqual(asStored(changed));
  });

  it('fails where a block is lost, and does not answer with less', async () => {
    await put(withCalls(empty, 0, 1_000));
    const [, { key }] = written as [unknown, { readonly key: string }];
    await store.commit([
      { projection: 'p', position: toPosition(++at), upserts: [], increments: [], deletes: [{ collection: 'blocks', key }] },
    ]);
    await expect(whole()).rejects.toMatchObject({
      name: 'UnreadableDocument',
      key: 'c',
      message: expect.stringContaining('blocks of it are missing in blocks'),
    });
  });
});
