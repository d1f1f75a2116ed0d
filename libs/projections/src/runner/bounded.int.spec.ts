import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '#event-log';
import { openReadModels, type ReadModelStore } from '#read-models';
import { defaultPolicies } from '#relationship';
import { storyOf } from '#testing/customer-story.js';
import { type GrowingHistory, growingHistories, grownHistory } from '#testing/growing-histories.js';
import { viewContents } from '#testing/view-contents.js';
import { projections } from '../views.js';
import { advanceShards } from './advance-shards.js';
import { assembled } from './blocks.js';
import { type Build, collectionsOf } from './build.js';
import { readAllPages } from './read-all-pages.js';
import { openShard } from './shard.js';

/** `LETOPIS_TEST_GROWN` events of one customer, of these kinds in turn. */
const EVENTS = Number(process.env.LETOPIS_TEST_GROWN ?? 2_000);
const kinds = Object.keys(growingHistories) as GrowingHistory[];
/** By which all deals and planned contacts of the customer are counted: each changes all of those. */
const dimensions: readonly GrowingHistory[] = ['assignments', 'acquisitions', 'corrections of the segment'];
const histories = [
  storyOf(
    'anna',
    grownHistory(
      kinds.filter((kind) => !dimensions.includes(kind)),
      EVENTS,
    ),
  ),
  storyOf('anna', grownHistory([...dimensions, 'stage changes of one deal', 'reschedulings of one contact'], EVENTS / 4)),
  storyOf('anna', grownHistory(kinds, EVENTS / 10)),
];
/** Far below what any store takes; the longest is a block with contributions of one commit. */
const MOST_BYTES = 120_000;

const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bounded-'));
let store: ReadModelStore;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const buildOf = (view: string): Build => ({ view, version: 1, generation: 1, policies: {} });
const shardsOf = () =>
  Promise.all(
    projections.map((projection) =>
      openShard({ store, projection, build: buildOf(projection.name), policies: defaultPolicies, cachedSubjects: 1 }),
    ),
  );

async function take(events: readonly DomainEvent[], commitEvents: number): Promise<void> {
  const shards = await shardsOf();
  for (let at = 0; at < events.length; at += commitEvents) {
    const batch = events.slice(at, at + commitEvents);
    await advanceShards(store, shards, batch, batch.at(-1)!.position);
  }
  for (const { parked } of shards) expect(parked).toEqual(new Map());
}

/** Bytes of the longest stored body of each collection of each view. */
async function longest(): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const { name } of projections) {
    const { totals: _, ...collections } = collectionsOf(buildOf(name));
    for (const [kind, collection] of Object.entries(collections))
      for (const { key, body, fields } of await readAllPages(store, collection, {})) {
        const bytes = Buffer.byteLength(JSON.stringify([key, body, fields]));
        found[`${name} ${kind}`] = Math.max(found[`${name} ${kind}`] ?? 0, bytes);
      }
  }
  return found;
}

describe.each(['memory', 'sqlite'])('in %s', (engine) => {
  it.each(histories.map((events) => ({ events })))(
    'no stored document or row grows with the history of a customer, live or rebuilt',
    async ({ events }) => {
      store = openReadModels(engine === 'memory' ? 'memory:' : `sqlite:${path.join(folder, `${randomUUID()}.db`)}`);
      await take(events, 97);
      for (const [what, bytes] of Object.entries(await longest())) expect([what, bytes < MOST_BYTES]).toEqual([what, true]);
      const live = await Promise.all(projections.map(({ name }) => viewContents(store, buildOf(name), [])));
      for (const { document, name } of projections) {
        if (!document) continue;
        const { documents, blocks } = collectionsOf(buildOf(name));
        const stored = (await store.get(documents, 'anna'))!;
        const [whole] = await assembled(store, blocks, [stored], async () => stored);
        expect(whole!.body).toEqual(JSON.parse(JSON.stringify(events.reduce(document.apply, document.init('anna')))));
      }
      await store.close();
      store = openReadModels('memory:');
      await take(events, events.length);
      for (const [what, bytes] of Object.entries(await longest())) expect([what, bytes < MOST_BYTES]).toEqual([what, true]);
      expect(await Promise.all(projections.map(({ name }) => viewContents(store, buildOf(name), [])))).toEqual(live);
      await store.close();
    },
  );
});

it('a profile of seventeen events of nearly 1 MB each is stored in documents of what one value needs', async () => {
  const profiles = Array.from({ length: 17 }, (_, n) => ({
    type: 'customer-profile-recorded',
    at: '2026-01-02',
    data: { attributes: Object.fromEntries(Array.from({ length: 100 }, (_, m) => [`attribute ${n} ${m}`, 'ж'.repeat(4_500)])) },
  }));
  store = openReadModels('memory:');
  await take(storyOf('anna', [...grownHistory(['contacts'], 0), ...profiles]), 1);
  expect(Math.max(...Object.values(await longest()))).toBeLessThan(20_000);
});
