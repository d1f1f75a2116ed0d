import { newEvent } from '#testing/new-event.js';
import { ORIGIN, type RecordedEvent } from '../event-log.js';
import { openMemoryEventLog } from '../memory/memory-event-log.js';
import { atCurrentVersion } from './at-current-version.js';
import { createEventCatalogue } from './event-registry.js';

const catalogue = createEventCatalogue([
  {
    type: 'thing-noted',
    version: 2,
    schema: {},
    personal: [],
    published: null,
    description: '',
    upcasters: { 1: ({ title }: { readonly title: string }) => ({ name: title }) },
  },
]);

const written = [
  newEvent({ type: 'thing-noted', data: { title: 'old' } }),
  newEvent({ type: 'thing-noted', schemaVersion: 2, data: { name: 'new' } }),
  newEvent({ type: 'unheard-of', data: { title: 'as it is' } }),
];
const expected = [{ name: 'old' }, { name: 'new' }, { title: 'as it is' }];

async function opened() {
  const log = openMemoryEventLog();
  await log.append('s-1', 'none', written);
  return { log, current: atCurrentVersion(log, catalogue) };
}

async function dataOf(batches: AsyncIterable<readonly RecordedEvent[]>): Promise<unknown[]> {
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

  it('leaves out readByStream where the log does', async () => {
    const { readByStream: _, ...log } = openMemoryEventLog();
    expect(atCurrentVersion(log, catalogue)).not.toHaveProperty('readByStream');
    expect(await atCurrentVersion(log, catalogue).head()).toBe(ORIGIN);
  });
});
