import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EventStore, type Expected, openEventStore } from './event-store.js';

const folder = mkdtempSync(path.join(tmpdir(), 'letopis-event-store-'));
afterAll(() => rmSync(folder, { recursive: true }));
const newFile = () => path.join(folder, randomUUID());

const proposed = (ids: readonly string[]) =>
  ids.map((id) => ({ id, type: 'T', contentType: 'application/json', metadata: Buffer.alloc(0), data: Buffer.from('{}') }));
const append = (store: EventStore, stream: string, expected: Expected, ids: readonly string[]) =>
  store.append(stream, expected, proposed(ids), store.durable());

function idsIn(store: EventStore, stream: string): readonly string[] {
  const content = store.contentOf(stream);
  if (content.kind !== 'readable') return [];
  return Array.from({ length: content.last + 1 - content.first }, (_, i) => store.eventOf(stream, content.first + i).id);
}

describe('the events of the EventStoreDB test server', () => {
  it('are those of the appends whose expectation holds, once each, and the same after it is opened again', async () => {
    const step = fc.record({
      stream: fc.constantFrom('a', 'b'),
      expected: fc.oneof(fc.constantFrom('none' as const, 'exists' as const), fc.integer({ min: 0, max: 6 })),
      count: fc.integer({ min: 1, max: 3 }),
      repeat: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const file = newFile();
        const store = await openEventStore(file);
        const model: Record<string, string[]> = { a: [], b: [] };
        for (const { stream, expected, count, repeat } of steps) {
          const events = model[stream]!;
          const ids = Array.from({ length: count }, () => randomUUID());
          const holds =
            expected === 'none' ? events.length === 0 : expected === 'exists' ? events.length > 0 : expected === events.length - 1;
          const first = await append(store, stream, expected, ids);
          expect(first.kind).toBe(holds ? 'appended' : 'wrong-expected-version');
          if (!holds) continue;
          events.push(...ids);
          if (repeat) expect(await append(store, stream, expected, ids)).toEqual(first);
        }
        const all = store.events.map(({ position, id }) => ({ position, id }));
        expect(all.map(({ position }) => position)).toEqual(all.map(({ position }) => position).toSorted((x, y) => x - y));
        await store.close();
        const again = await openEventStore(file);
        expect(again.events.map(({ position, id }) => ({ position, id }))).toEqual(all);
        for (const stream of ['a', 'b']) expect(idsIn(again, stream)).toEqual(model[stream]);
        await again.close();
      }),
      { numRuns: 30 },
    );
  });

  it('recognise a repeat that expects any only until it is opened again, one that expects a revision for ever', async () => {
    const file = newFile();
    const store = await openEventStore(file);
    await append(store, 'explicit', 'none', ['1', '2']);
    await append(store, 'explicit', 1, ['3']);
    await append(store, 'any', 'any', ['4']);
    expect(await append(store, 'any', 'any', ['4'])).toMatchObject({ kind: 'appended', revision: 0 });
    await store.close();
    const again = await openEventStore(file);
    expect(await append(again, 'explicit', 'none', ['1', '2'])).toMatchObject({ kind: 'appended', revision: 1 });
    expect(await append(again, 'any', 'any', ['4'])).toMatchObject({ kind: 'appended', revision: 1 });
    expect(idsIn(again, 'explicit')).toEqual(['1', '2', '3']);
    expect(idsIn(again, 'any')).toEqual(['4', '4']);
    await again.close();
  });

  it('keep tombstones, soft deletes and cuts when it is opened again', async () => {
    const file = newFile();
    const store = await openEventStore(file);
    for (const stream of ['stone', 'deleted', 'restored', 'cut']) await append(store, stream, 'none', ['1', '2', '3']);
    await store.remove('stone', 'any', 'tombstone');
    await store.remove('deleted', 'any', 'delete');
    await store.remove('restored', 2, 'delete');
    await append(store, 'restored', 'none', ['4']);
    await store.append(
      '$$cut',
      'any',
      [{ ...proposed([randomUUID()])[0]!, type: '$metadata', data: Buffer.from('{"$maxCount":1}') }],
      store.durable(),
    );
    const contents = (opened: EventStore) => ['stone', 'deleted', 'restored', 'cut'].map((stream) => opened.contentOf(stream));
    const before = contents(store);
    expect(before.map(({ kind }) => kind)).toEqual(['tombstoned', 'missing', 'readable', 'readable']);
    expect(idsIn(store, 'restored')).toEqual(['4']);
    expect(idsIn(store, 'cut')).toEqual(['3']);
    await store.close();
    const again = await openEventStore(file);
    expect(contents(again)).toEqual(before);
    expect(await append(again, 'stone', 'any', ['5'])).toEqual({ kind: 'stream-deleted' });
    await again.close();
  });
});
