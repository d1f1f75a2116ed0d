import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '#event-log';
import { createMemoryReadModels, type ProjectionBatch, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { storyOf } from '#testing/customer-story.js';
import { newEvent } from '#testing/new-event.js';
import type { Projection } from '../projection.js';
import { advanceShards } from './advance-shards.js';
import { createProjector } from './projector.js';
import { repairSubject } from './repair.js';
import { openShard, type Shard } from './shard.js';
import { createViewReader } from './view-reader.js';

type Texts = readonly string[];

/** The last text first, so that each changes all blocks of a long document. */
const texts = (isBroken = () => false): Projection =>
  ({
    name: 'texts',
    category: 'relationship',
    version: 1,
    handles: ['text-sent'],
    policies: [],
    document: {
      init: () => ({ texts: [] }),
      apply(document, { data }) {
        if (isBroken()) throw new TypeError('no');
        return { texts: [(data as { readonly text: string }).text, ...document.texts] };
      },
      indexes: [],
      fields: () => ({}),
    },
  }) satisfies Projection<{ readonly texts: Texts }> as Projection;

const build = { view: 'texts', version: 1, generation: 1, policies: {} };
const opened = (store: ReadModelStore, isBroken?: () => boolean) =>
  openShard({ store, projection: texts(isBroken), build, policies: defaultPolicies, cachedSubjects: 10 });
const events = storyOf(
  'anna',
  ['a', 'b', 'c'].map((text) => ({ type: 'text-sent', at: '2026-01-01', data: { text } })),
);
const take = (store: ReadModelStore, shard: Shard, some: readonly DomainEvent[]) =>
  advanceShards(store, [shard], some, some.at(-1)!.position);

it('a shard keeps as many subjects in memory as their characters allow, and reads the others again', async () => {
  const store = createMemoryReadModels();
  const read: string[] = [];
  const counting: ReadModelStore = {
    ...store,
    getMany: (name, keys) => {
      if (name.endsWith('_documents')) read.push(...keys);
      return store.getMany(name, keys);
    },
  };
  const shard = await openShard({
    store: counting,
    projection: texts(),
    build,
    policies: defaultPolicies,
    cachedSubjects: 10,
    cachedCharacters: 1_000,
  });
  const sent = (subject: string, text: string, position: number) =>
    take(counting, shard, storyOf(subject, [{ type: 'text-sent', at: '2026-01-01', data: { text } }], position));
  await sent('anna', 'a', 1);
  await sent('bert', 'b', 2);
  await sent('clara', 'c'.repeat(900), 3);
  await sent('dora', 'd'.repeat(50_000), 4);
  read.length = 0;
  for (const [n, subject] of ['anna', 'bert', 'clara', 'dora'].entries()) await sent(subject, 'z', 5 + n);
  expect(read).toEqual(['dora']);
  await sent('anna', 'e'.repeat(200), 9);
  await sent('clara', 'z', 10);
  expect(read).toEqual(['dora', 'clara']);
  const textsOf = async (subject: string) => (await store.get<{ readonly texts: Texts }>('texts_1_g1_documents', subject))?.body.texts;
  expect(await textsOf('clara')).toEqual(['z', 'z', 'c'.repeat(900)]);
});

describe('a shard in two hands', () => {
  let store: ReadModelStore;
  let broken: boolean;
  let former: Shard;
  const textsOf = async () => (await store.get<{ readonly texts: Texts }>('texts_1_g1_documents', 'anna'))?.body.texts;
  beforeEach(async () => {
    store = createMemoryReadModels();
    broken = false;
    former = await opened(store, () => broken);
    await take(store, former, events.slice(0, 1));
  });

  it('is not continued over the event that its former owner parked a customer at while it was opened', async () => {
    const slow: ReadModelStore = {
      ...store,
      async find(collection, query) {
        const found = await store.find<never>(collection, query);
        broken = true;
        await take(store, former, events.slice(1, 2));
        return found;
      },
    };
    const present = await opened(slow);
    expect(former.parked.has('anna')).toBe(true);
    await expect(take(store, present, events.slice(2))).rejects.toMatchObject({ name: 'CheckpointMoved', projection: 'texts@1.1' });
    const again = await opened(store);
    await take(store, again, events.slice(2));
    expect([...again.parked.keys()]).toEqual(['anna']);
    expect(await textsOf()).toEqual(['a']);
  });

  it('is not continued by one who has not seen that another repaired a customer in it', async () => {
    broken = true;
    await take(store, former, events.slice(0, 2));
    const present = await opened(store);
    await repairSubject(store, present, 'anna', events.slice(0, 2));
    broken = false;
    const late = take(store, former, events.slice(2));
    await expect(late).rejects.toMatchObject({ name: 'CheckpointMoved', projection: 'texts@1.1' });
    await expect(repairSubject(store, former, 'anna', events.slice(0, 2))).rejects.toMatchObject({ name: 'CheckpointMoved' });
    await take(store, present, events.slice(2));
    expect(await textsOf()).toEqual(['c', 'b', 'a']);
    expect(present.parked.size).toBe(0);
  });
});

const onTestEnd: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of onTestEnd.splice(0)) await end();
});

/** A store whose next commit writes its blocks alone, and breaks off; whoever asks for the checkpoint, or commits, finishes it. */
function breakingOff() {
  const memory = createMemoryReadModels();
  let breaks = false;
  let pending: readonly ProjectionBatch[] | undefined;
  async function settle(): Promise<void> {
    const left = pending;
    pending = undefined;
    if (left) await memory.commit(left);
  }
  const store: ReadModelStore = {
    ...memory,
    async checkpoint(projection) {
      await settle();
      return memory.checkpoint(projection);
    },
    async commit(batches) {
      await settle();
      if (!breaks) return memory.commit(batches);
      breaks = false;
      pending = batches;
      for (const { projection, upserts } of batches) {
        const first = upserts.filter(({ collection }) => collection === upserts[0]?.collection);
        await memory.commit([{ projection, position: 'unchanged', upserts: first, deletes: [], increments: [] }]);
      }
      throw Object.assign(new Error('gone'), { name: 'ReadModelsUnavailable' });
    },
  };
  const breakOff = () => {
    breaks = true;
  };
  return { store, breakOff };
}

it('a projector continues after a commit that broke off half-way from what the store made of it, and parks nobody', async () => {
  const log = memoryLog();
  const { store, breakOff } = breakingOff();
  const reader = createViewReader(store);
  const projector = createProjector({
    log,
    store,
    projections: [texts()],
    policies: { initial: defaultPolicies, apply: applyPolicyEvent },
    cachedSubjects: 1,
    lookMs: 5,
  });
  const send = async (customer: string, text: string) => {
    await appendAtHead(log, `relationship-${customer}`, [newEvent({ type: 'text-sent', data: { text } })]);
    await projector.settled();
  };
  onTestEnd.push(() => projector.stop());
  await projector.start();
  const long = (letter: string) => letter.repeat(20_000);
  await send('anna', long('a'));
  await send('bert', 'forgets anna');
  breakOff();
  await send('anna', long('b'));
  await send('anna', 'c');
  expect(projector.parked()).toEqual([]);
  const found = await reader.document<{ readonly texts: Texts }>('texts', 'anna');
  expect(found?.body.texts).toEqual(['c', long('b'), long('a')]);
});
