import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DomainEvent } from '#event-log';
import { letopisViews } from '#platform/projecting/letopis-views.js';
import { advanceShards } from '#projections/runner/advance-shards.js';
import { openShard, type Shard } from '#projections/runner/shard.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import { storyOf } from '#testing/customer-story.js';
import { type GrowingHistory, grownHistory } from '#testing/growing-histories.js';
import type { Report } from './report.js';
import { stopwatch } from './rounds.js';

/** Events of one customer's history before those that are measured: as many as filled a document of MongoDB once. */
const MANY = Number(process.env.LETOPIS_BENCH_EVENTS ?? 109_000);
const FEW = 100;
const MEASURED = 300;
const AT_ONCE = 2_000;
const kinds: readonly GrowingHistory[] = ['purchases', 'contacts', 'planned contacts', 'deals'];

/** One more event of a customer with a long history, into all views, beside one of a customer with a short one. */
export async function run(report: Report): Promise<void> {
  for (const kind of kinds) {
    const [few, many] = [await oneMore(kind, FEW), await oneMore(kind, MANY)];
    const measure = (name: string, unit: string, of: (taken: Taken) => number) =>
      report({ name: `documents.${kind}.${name}`, value: of(many), unit, limit: of(few), ratio: of(many) / of(few) });
    measure('cpu', 'µs/event', ({ micros }) => micros);
    measure('written', 'bytes/event', ({ bytes }) => bytes);
    report({ name: `documents.${kind}.longest`, value: many.longest, unit: 'bytes', goal: 'below 1 MB', holds: many.longest < 1e6 });
  }
}

interface Taken {
  readonly micros: number;
  readonly bytes: number;
  /** Of all stored documents. */
  readonly longest: number;
}

async function oneMore(kind: GrowingHistory, before: number): Promise<Taken> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const store = openReadModels(`sqlite:${path.join(folder, 'views.db')}`);
  try {
    const story = storyOf('one', grownHistory([kind], before + 2 * MEASURED));
    const events = story.slice(-2 * MEASURED);
    const written = { bytes: 0, longest: 0 };
    const shards = await openShards(store);
    const counting = countingBytes(store, written);
    for (let at = 0; at < story.length - events.length; at += AT_ONCE)
      await take(counting, shards, story.slice(at, Math.min(at + AT_ONCE, story.length - events.length)));
    for (const event of events.slice(0, MEASURED)) await take(counting, shards, [event]);
    written.bytes = 0;
    const since = stopwatch();
    for (const event of events.slice(MEASURED)) await take(counting, shards, [event]);
    const { cpuSeconds } = since();
    return { micros: (cpuSeconds * 1e6) / MEASURED, bytes: written.bytes / MEASURED, longest: written.longest };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const take = (store: ReadModelStore, shards: readonly Shard[], events: readonly DomainEvent[]) =>
  advanceShards(store, shards, events, events.at(-1)!.position);

async function openShards(store: ReadModelStore) {
  const { projections, policies } = letopisViews();
  return Promise.all(
    projections.map((projection) =>
      openShard({
        store,
        projection,
        build: { view: projection.name, version: projection.version, generation: 1, policies: {} },
        policies: policies.initial,
        cachedSubjects: 1,
      }),
    ),
  );
}

const countingBytes = (store: ReadModelStore, written: { bytes: number; longest: number }): ReadModelStore => ({
  ...store,
  commit(batches) {
    for (const { upserts } of batches) {
      for (const { key, json } of upserts) {
        const bytes = key.length + Buffer.byteLength(json ?? '');
        written.bytes += bytes;
        written.longest = Math.max(written.longest, bytes);
      }
    }
    return store.commit(batches);
  },
});
