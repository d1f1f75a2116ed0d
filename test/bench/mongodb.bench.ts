import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AnyBulkWriteOperation, MongoClient } from 'mongodb';
import { createEventRegistry, type EventLog, openEventLog } from '#event-log';
import { createLetopisProjector } from '#platform';
import { openReadModels, type ReadModelStore } from '#read-models';
import { type Work, workOf } from '#read-models/mongodb/applying.js';
import { eventDefinitions } from '#relationship';
import { appendCompany } from './company-log.js';
import { withMongo } from './given-servers.js';
import type { Report } from './report.js';
import { inTurns, stopwatch, type Taken } from './rounds.js';

const EVENTS = Math.min(Number(process.env.LETOPIS_BENCH_EVENTS ?? 20_000), 100_000);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 3);
const EVENTS_PER_CUSTOMER = 20;

/** The rebuild of all views into an empty MongoDB, beside bare bulk writes that have the same documents ready. */
export const run = (report: Report): Promise<void> => withMongo('mongodb', (url) => measure(url, report));

async function measure(url: string, report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`, { registry: createEventRegistry(eventDefinitions) });
  const client = new MongoClient(url);
  try {
    const events = await appendCompany(log, EVENTS, Math.ceil(EVENTS / EVENTS_PER_CUSTOMER));
    const commits: (readonly Work[])[] = [];
    const model = `bench-${randomUUID()}`;
    await rebuilt(log, recording(openReadModels(`${url}/${model}`), commits));
    const indexes = await indexesOf(client, model);
    await client.db(model).dropDatabase();
    await written(client, commits, indexes);
    const { ours, bare } = await inTurns(
      ROUNDS,
      async () => {
        const database = `bench-${randomUUID()}`;
        const taken = await rebuilt(log, openReadModels(`${url}/${database}`));
        await client.db(database).dropDatabase();
        return taken;
      },
      () => written(client, commits, indexes),
    );
    const ratio = bare.seconds / ours.seconds;
    const perSecond = ({ seconds }: Taken) => (events * ROUNDS) / seconds;
    const goal = 'ratio >= 0.5';
    const name = `mongodb.rebuild.${events}`;
    report({ name, value: perSecond(ours), unit: 'events/s', limit: perSecond(bare), ratio, goal, holds: ratio >= 0.5 });
    const cpu = ({ cpuSeconds }: Taken) => (cpuSeconds * 1e6) / (events * ROUNDS);
    report({ name: 'mongodb.rebuild.cpu', value: cpu(ours), unit: 'µs/event', limit: cpu(bare), ratio: cpu(bare) / cpu(ours) });
    const documents = commits.flat().reduce((sum, work) => sum + operationsOf(work).length, 0);
    report({ name: 'mongodb.rebuild.documents', value: documents / events, unit: 'documents/event' });
  } finally {
    await client.close();
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rebuilt(log: EventLog, store: ReadModelStore): Promise<Taken> {
  const since = stopwatch();
  const projector = createLetopisProjector({ log, store });
  await projector.start();
  await projector.settled();
  const taken = since();
  await projector.stop();
  await store.close();
  return taken;
}

type Indexes = ReadonlyMap<string, readonly { readonly key: Record<string, 1>; readonly name: string }[]>;

async function indexesOf(client: MongoClient, database: string): Promise<Indexes> {
  const db = client.db(database);
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const all = collections.map(async ({ name }) => [name, (await db.collection(name).indexes()) as never] as const);
  return new Map(await Promise.all(all));
}

/** The limit: unordered bulk writes of the same sizes into collections with the same indexes, all of a commit at once as the rebuild has it. */
async function written(client: MongoClient, commits: readonly (readonly Work[])[], indexes: Indexes): Promise<Taken> {
  const db = client.db(`bench-${randomUUID()}`);
  const since = stopwatch();
  for (const [name, all] of indexes) {
    const own = all.filter((index) => index.name !== '_id_');
    if (own.length > 0) await db.collection(name).createIndexes(own.map(({ key, ...options }) => ({ key, ...options })));
  }
  for (const commit of commits) {
    await Promise.all(
      commit.map(async (work) => {
        const operations = operationsOf(work);
        if (operations.length > 0) await db.collection<{ _id: string }>(work.collection).bulkWrite(operations, { ordered: false });
      }),
    );
  }
  const taken = since();
  await db.dropDatabase();
  return taken;
}

const operationsOf = (work: Work): AnyBulkWriteOperation<{ _id: string }>[] =>
  (work.kind === 'documents' ? work.documents : work.totals).map((document) => ({ insertOne: { document: { ...document, q: 0 } } }));

/** The same store; what is filled is kept too, each document once: a total that is added to again is there already. */
function recording(store: ReadModelStore, commits: (readonly Work[])[]): ReadModelStore {
  const there = new Set<string>();
  const isNew = (collection: string, id: string) => there.size < there.add(`${collection}/${id}`).size;
  return {
    ...store,
    async commit(batches) {
      const bulkLoads = batches.filter(({ position }) => position === 'bulk-load').flatMap(workOf);
      commits.push(
        bulkLoads.map((work) =>
          work.kind === 'documents' ? work : { ...work, totals: work.totals.filter(({ _id }) => isNew(work.collection, _id)) },
        ),
      );
      await store.commit(batches);
    },
  };
}
