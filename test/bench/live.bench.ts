import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EventLog, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { letopisViews } from '#platform/projecting/letopis-views.js';
import { catchUp } from '#projections/runner/advance-shards.js';
import { openShard } from '#projections/runner/shard.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import type { ProjectionBatch } from '#read-models/read-model-store.js';
import { createAppender } from '#testing/append-at-head.js';
import { newEvent } from '#testing/new-event.js';
import type { Report } from './report.js';
import { inTurns, stopwatch, type Taken } from './rounds.js';

const EVENTS = Math.min(Number(process.env.LETOPIS_BENCH_EVENTS ?? 40_000), 40_000);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 3);
const CUSTOMERS = 1_000;
/** As many as gather in a burst: then most of a commit's customers have one. */
const COMMIT_EVENTS = 200;

/** Contacts of customers in turn, event after event into all views, beside bare commits that have the same batches ready. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`, { registry: eventCatalogue });
  const inNewStore = async (work: (store: ReadModelStore) => Promise<Taken>): Promise<Taken> => {
    const file = path.join(folder, `${randomUUID()}.db`);
    const store = openReadModels(`sqlite:${file}`);
    const taken = await work(store);
    await store.close();
    rmSync(file);
    return taken;
  };
  try {
    await appendContacts(log);
    const commits: (readonly ProjectionBatch[])[] = [];
    await inNewStore((store) => follow(log, recording(store, commits)));
    const { ours, bare } = await inTurns(
      ROUNDS,
      () => inNewStore((store) => follow(log, store)),
      () => inNewStore((store) => commitAll(store, commits)),
    );
    const perSecond = ({ seconds }: Taken) => (EVENTS * ROUNDS) / seconds;
    const cpu = ({ cpuSeconds }: Taken) => (cpuSeconds * 1e6) / (EVENTS * ROUNDS);
    const ratio = bare.seconds / ours.seconds;
    report({ name: `live.${COMMIT_EVENTS}-a-commit`, value: perSecond(ours), unit: 'events/s', limit: perSecond(bare), ratio });
    report({ name: 'live.cpu', value: cpu(ours), unit: 'µs/event', limit: cpu(bare), ratio: cpu(bare) / cpu(ours) });
  } finally {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function appendContacts(log: EventLog): Promise<void> {
  const append = createAppender(log);
  for (let n = 0; n < EVENTS; n += CUSTOMERS) {
    const data = {
      contactId: `c-${n}`,
      channel: 'phone',
      direction: 'inbound',
      purpose: 'negotiation',
      participants: [],
      summary: 'Asked.',
    };
    const events = Array.from({ length: CUSTOMERS }, () => newEvent({ type: 'contact-recorded', data }));
    await Promise.all(events.map((event, i) => append(`relationship-bench-${i}`, [event])));
  }
}

async function openShards(store: ReadModelStore) {
  const { projections, policies } = letopisViews();
  return Promise.all(
    projections.map((projection) =>
      openShard({
        store,
        projection,
        build: { view: projection.name, version: projection.version, generation: 1, policies: {} },
        policies: policies.initial,
        cachedSubjects: CUSTOMERS,
      }),
    ),
  );
}

async function follow(log: EventLog, store: ReadModelStore): Promise<Taken> {
  const [shards, upTo] = [await openShards(store), await log.head()];
  const since = stopwatch();
  await catchUp(log, store, shards, upTo, {
    commitEvents: COMMIT_EVENTS,
    signal: new AbortController().signal,
    progressed: () => undefined,
  });
  return since();
}

/** The limit: what is written, without reading, folding and telling. */
async function commitAll(store: ReadModelStore, commits: readonly (readonly ProjectionBatch[])[]): Promise<Taken> {
  await openShards(store);
  const since = stopwatch();
  for (const batches of commits) await store.commit(batches);
  return since();
}

const recording = (store: ReadModelStore, commits: (readonly ProjectionBatch[])[]): ReadModelStore => ({
  ...store,
  commit(batches) {
    commits.push(batches);
    return store.commit(batches);
  },
});
