import { Type } from 'typebox';
import { collect, newEvent } from '#testing';
import type { EventLogAdapter } from './adapter.js';
import type { FoldedEvent } from './deciding/decider.js';
import {
  type DomainEvent,
  type EventLog,
  ORIGIN,
  type Position,
  type ReadAllOptions,
  type ReadByStreamOptions,
  type StoredEvent,
} from './event-log.js';
import { InvalidEvent } from './invalid-event.js';
import { logOver, storedLogOver } from './log-over.js';
import { openMemoryEventLog } from './memory/memory-event-log.js';
import { createEventCatalogue, createEventRegistry } from './registry/event-registry.js';

const definition = {
  type: 'thing-noted',
  version: 2,
  schema: {},
  personal: [],
  published: null,
  description: '',
  former: [{ personal: [], upcast: ({ title }: { readonly title: string }) => ({ name: title }) }],
};
const catalogue = createEventCatalogue([definition]);

const written = [
  newEvent({ type: 'thing-noted', data: { title: 'old' } }),
  newEvent({ type: 'thing-noted', schemaVersion: 2, data: { name: 'new' } }),
  newEvent({ type: 'unheard-of', data: { title: 'as it is' } }),
];
const expected = [{ name: 'old' }, { name: 'new' }, { title: 'as it is' }];

async function opened() {
  const adapter = openMemoryEventLog();
  const log = storedLogOver(adapter);
  await log.append('s-1', 'none', written);
  return { log, current: logOver(adapter, catalogue) };
}

async function dataOf(batches: AsyncIterable<readonly (DomainEvent | StoredEvent)[]>): Promise<unknown[]> {
  const data = [];
  for await (const batch of batches) for (const event of batch) data.push(event.data);
  return data;
}

describe('a log at the current version', () => {
  it('brings up to it what each way of reading answers', async () => {
    const { current } = await opened();
    expect(await dataOf(current.readStream('s-1'))).toEqual(expected);
    expect(await dataOf(current.readAll())).toEqual(expected);
    expect(await dataOf(current.readByStream!({ upTo: await current.head(), streamPrefix: 's-' }))).toEqual(expected);
  });

  it('brings up to it what a subscription answers, and tells where it stands', async () => {
    const { current } = await opened();
    const items = [];
    for await (const item of current.subscribe()) {
      items.push(item);
      if (item.kind === 'caughtUp') break;
    }
    expect(items).toMatchObject([
      { kind: 'batch', events: expected.map((data) => ({ data })), head: await current.head() },
      { kind: 'caughtUp', head: await current.head() },
    ]);
  });

  it('passes the options of reading on', async () => {
    const { current } = await opened();
    expect(await dataOf(current.readStream('s-1', { from: 1 }))).toEqual(expected.slice(1));
    expect(await dataOf(current.readAll({ types: ['unheard-of'] }))).toEqual(expected.slice(2));
    expect(await dataOf(current.readAll({ after: await current.head() }))).toEqual([]);
  });

  it('appends to the log, which keeps what was written and its hash', async () => {
    const { log, current } = await opened();
    await current.append('s-2', 'none', [newEvent({ type: 'thing-noted', data: { title: 'later' } })]);
    expect(await dataOf(log.readAll())).toEqual([...written.map(({ data }) => data), { title: 'later' }]);
    for await (const [first] of current.readStream('s-2'))
      for await (const [stored] of log.readStream('s-2')) expect(first).toEqual({ ...stored, schemaVersion: 2, data: { name: 'later' } });
  });

  it('leaves out readByStream where the adapter does', async () => {
    const adapter = openMemoryEventLog();
    delete adapter.readByStream;
    expect(logOver(adapter, catalogue)).not.toHaveProperty('readByStream');
    expect(await logOver(adapter, catalogue).head()).toBe(ORIGIN);
  });

  it('gives an adapter whose methods need their object what they need', async () => {
    class Adapter {
      readonly #adapter = openMemoryEventLog();
      append: EventLogAdapter['append'] = (append) => this.#adapter.append(append);
      readStream(...options: Parameters<EventLogAdapter['readStream']>) {
        return this.#adapter.readStream(...options);
      }
      readAll(options?: ReadAllOptions) {
        return this.#adapter.readAll(options);
      }
      readByStream(options: ReadByStreamOptions) {
        return this.#adapter.readByStream!(options);
      }
      readRaw() {
        return this.#adapter.readRaw();
      }
      get identity() {
        return this.#adapter.identity;
      }
      get guarantees() {
        return this.#adapter.guarantees;
      }
      eventAt(position: Position) {
        return this.#adapter.eventAt(position);
      }
      count(after: Position, upTo: Position) {
        return this.#adapter.count!(after, upTo);
      }
      subscribe() {
        return this.#adapter.subscribe();
      }
      head() {
        return this.#adapter.head();
      }
      close() {
        return this.#adapter.close();
      }
    }
    const log = logOver(new Adapter(), catalogue);
    await log.append('s-1', 'none', written);
    expect(await dataOf(log.readStream('s-1'))).toEqual(expected);
    expect(await dataOf(log.readByStream!({ upTo: await log.head(), streamPrefix: '' }))).toEqual(expected);
    expect((await log.eventAt(await log.head()))?.data).toEqual(expected.at(-1));
    expect(await log.count!(ORIGIN, await log.head())).toBe(3);
  });

  it('appends nothing of what the registry rejects, in any adapter', async () => {
    const adapter = openMemoryEventLog();
    const log = logOver(adapter, createEventRegistry([{ ...definition, schema: Type.Object({ name: Type.String() }) }]));
    const valid = newEvent({ type: 'thing-noted', schemaVersion: 2, data: { name: 'new' } });
    await expect(log.append('s-1', 'none', [valid, { ...valid, id: 'other', data: {} }])).rejects.toThrow(InvalidEvent);
    expect(await log.head()).toBe(ORIGIN);
    await log.append('s-1', 'none', [valid]);
    expect(await dataOf(log.readAll())).toEqual([{ name: 'new' }]);
  });

  it('answers what only the current version fits: the compiler tells stored events from those of the domain', async () => {
    const adapter = openMemoryEventLog();
    // @ts-expect-error Adapters answer stored events, which nobody else may take for what they are in the domain.
    const asDomain: Pick<EventLog, 'readStream'> = adapter;
    // @ts-expect-error Nor is a log without known events one of the domain.
    const unknown: Pick<EventLog, 'readStream'> = storedLogOver(adapter);
    // @ts-expect-error An event of the domain is none that is stored.
    const stored: readonly StoredEvent[] = await collect(logOver(adapter, catalogue).readAll());
    const folded = (event: FoldedEvent) => event.type;
    // @ts-expect-error Nor are stored events folded.
    const foldStored = (event: StoredEvent) => folded(event);
    expect([asDomain, unknown, stored, foldStored]).toHaveLength(4);
  });
});
