import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toPosition } from '#event-log/position.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import { appended, type Chunks, emptyChunks, lengthOf, replacedAt } from '../persistent/chunks.js';
import { assembled, inPieces } from './pieces.js';

interface Document {
  readonly customerId: string;
  readonly notes: Chunks<number>;
  readonly calls: Chunks<string>;
}

const LISTS = ['notes', 'calls'];
const empty: Document = { customerId: 'c', notes: emptyChunks, calls: emptyChunks };

let store: ReadModelStore;
let at = 0;
let written: string[] = [];

beforeEach(async () => {
  store = openReadModels('memory:');
  at = 0;
  await store.declare(['documents', 'pieces'].map((name) => ({ kind: 'documents', name, fields: [], indexes: [] })));
});

const put = async (document: Document, former: Document | undefined): Promise<void> => {
  const position = toPosition(++at);
  const { json, pieces, gone } = inPieces('c', document, LISTS, former);
  written = pieces.map(({ key }) => key);
  await store.commit([
    {
      projection: 'p',
      position,
      deletes: gone.map((key) => ({ collection: 'pieces', key })),
      upserts: [
        { collection: 'documents', key: 'c', position, fields: {}, json },
        ...pieces.map((piece) => ({ collection: 'pieces', position, fields: {}, ...piece })),
      ],
      increments: [],
    },
  ]);
};
const read = () => store.get<Document>('documents', 'c');
const whole = async () => (await assembled(store, 'pieces', [(await read())!], read))[0]!.body;
const filled = (document: Document, notes: number): Document => {
  let grown = document;
  for (let n = 0; n < notes; n++) grown = { ...grown, notes: appended(grown.notes, lengthOf(grown.notes)) };
  return grown;
};

describe('a document in pieces', () => {
  it('comes out as it went in, whatever was added, changed and taken away between', async () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant('notes' as const), count: fc.integer({ min: 1, max: 70 }) }),
      fc.record({ kind: fc.constant('calls' as const), count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ kind: fc.constant('replace' as const), count: fc.nat({ max: 200 }) }),
      fc.record({ kind: fc.constant('empty' as const), count: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        let document = empty;
        await put(document, await read().then((stored) => stored && whole()));
        for (const { kind, count } of changes) {
          const former = document;
          if (kind === 'empty') document = empty;
          else if (kind === 'replace') {
            const length = lengthOf(document.notes);
            if (length > 0) document = { ...document, notes: replacedAt(document.notes, count % length, -1 - count) };
          } else if (kind === 'notes') document = filled(document, count);
          else for (let n = 0; n < count; n++) document = { ...document, calls: appended(document.calls, `${n}`) };
          await put(document, former);
          expect(await whole()).toEqual(document);
          const apart = document.notes.slice(1).length + document.calls.slice(1).length;
          expect(await store.count('pieces')).toBe(apart);
        }
      }),
    );
  });

  it('writes again only the piece that changed', async () => {
    const long = filled(empty, 500);
    await put(long, undefined);
    expect(written.length).toBe(62);
    const longer = filled(long, 1);
    await put(longer, long);
    expect(written).toEqual([]);
    expect((await read())!.body.notes).toEqual([longer.notes.at(-1)]);
    await put({ ...longer, notes: replacedAt(longer.notes, 40, -1) }, longer);
    expect(written).toEqual(['c|notes|5']);
  });

  it('is not told with a piece of a later time', async () => {
    const long = filled(empty, 100);
    await put(long, undefined);
    const stale = (await read())!;
    const changed = { ...long, notes: replacedAt(long.notes, 0, -1) };
    await put(changed, long);
    expect((await assembled(store, 'pieces', [stale], read))[0]!.body).toEqual(changed);
  });

  it('fails where a piece is lost, and does not answer with less', async () => {
    await put(filled(empty, 100), undefined);
    await store.commit([
      { projection: 'p', position: toPosition(++at), upserts: [], increments: [], deletes: [{ collection: 'pieces', key: 'c|notes|1' }] },
    ]);
    await expect(whole()).rejects.toMatchObject({
      name: 'UnreadableDocument',
      key: 'c',
      message: expect.stringContaining('pieces of it are missing in pieces'),
    });
  });
});
