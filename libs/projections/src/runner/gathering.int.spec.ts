import { describe, expect, it } from '@jest/globals';
import { ORIGIN } from '#event-log/event-log.js';
import { createMemoryReadModels, type ReadModelStore } from '#read-models';
import { defaultPolicies } from '#relationship';
import { memoryLog } from '#testing/as-written.js';
import { newEvent } from '#testing/new-event.js';
import type { Projection } from '../projection.js';
import { buildByStream } from './build-by-stream.js';
import { openShard } from './shard.js';

const CUSTOMERS = 30;

/** Holds the text of the last event so many times. */
const remembering = (times: number): Projection<{ readonly text: string }> => ({
  name: 'texts',
  category: 'relationship',
  version: 1,
  handles: ['text-sent'],
  policies: [],
  document: {
    init: () => ({ text: '' }),
    apply: (_, { data }) => ({ text: (data as { readonly text: string }).text.repeat(times) }),
    indexes: [],
    fields: () => ({}),
  },
});

/** Characters that each commit wrote, of a view that is built with one event of each customer. */
async function written(characters: number, times: number, inOrder: boolean) {
  const log = memoryLog();
  for (let n = 0; n < CUSTOMERS; n++)
    await log.append(`relationship-c${n}`, 'none', [newEvent({ type: 'text-sent', data: { text: 'x'.repeat(characters) } })]);
  const memory = createMemoryReadModels();
  const commits: number[] = [];
  const store: ReadModelStore = {
    ...memory,
    async commit(batches) {
      await memory.commit(batches);
      commits.push(batches.flatMap(({ upserts }) => upserts).reduce((sum, { json }) => sum + json!.length, 0));
    },
  };
  const projection = remembering(times) as Projection;
  const build = { view: 'texts', version: 1, generation: 1, policies: {} };
  const shard = await openShard({ store, projection, build, policies: defaultPolicies, cachedSubjects: 1 });
  const { readByStream, ...others } = log;
  const pace = { commitEvents: 1_000, signal: new AbortController().signal, progressed: () => undefined };
  await buildByStream(inOrder ? others : { ...others, readByStream: readByStream! }, store, [shard], await log.head(), pace);
  expect(shard.checkpoint).toBe(await log.head());
  expect(shard.checkpoint).not.toBe(ORIGIN);
  expect(await memory.count('texts_1_g1_documents')).toBe(CUSTOMERS);
  return commits.filter((each) => each > 0);
}

describe('a view that is built from large events', () => {
  it.each([
    { how: 'stream by stream', inOrder: false },
    { how: 'in the order of the log', inOrder: true },
  ])('gathers no more than some 8,000,000 characters for a commit, $how', async ({ inOrder }) => {
    const commits = await written(900_000, 1, inOrder);
    expect(commits.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...commits)).toBeLessThan(9_500_000);
    expect(commits.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(CUSTOMERS * 900_000);
  });

  it('writes what small events come to before it is larger than that', async () => {
    const commits = await written(50_000, 18, false);
    expect(commits.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...commits)).toBeLessThan(9_500_000);
  });
});
