import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { type EventLog, openEventLog } from '#event-log';
import { type BuildThreadsOptions, codeOfViews, createLetopisProjector, viewNames } from '#platform';
import { eventCatalogue } from '#platform/events/current-events.js';
import { createViewReader } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { createAppender } from '#testing/append-at-head.js';
import { newEvent } from '#testing/new-event.js';
import { makeCompanyLog } from './company-log.js';
import type { Report } from './report.js';

const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 1_000_000);
const SECONDS = Number(process.env.LETOPIS_BENCH_SECONDS ?? 3);
const GOAL = 30_000;

/** `LETOPIS_BENCH_EVENTS` sets the length of the log. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const subjectKeys = {
    url: `sqlite:${path.join(folder, 'subject-keys.db')}`,
    masterKeyFile: path.join(folder, 'master.key'),
    keptOutsideUrl: `file:${path.join(folder, 'kept')}`,
  };
  const engines = {
    eventLogUrl: `sqlite:${path.join(folder, 'log.db')}`,
    readModelsUrl: `sqlite:${path.join(folder, 'views.db')}`,
    subjectKeys,
  };
  try {
    const events = await makeCompanyLog(engines.eventLogUrl, EVENTS);
    const log = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue });
    await measureRebuild(log, engines, folder, events, report);
    await measureVisibility(log, engines, report);
    await log.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRebuild(log: EventLog, engines: BuildThreadsOptions, folder: string, events: number, report: Report): Promise<void> {
  const store = openReadModels(engines.readModelsUrl);
  const memory = watchMemory();
  const projector = createLetopisProjector({ log, store, engines });
  const start = performance.now();
  const before = process.cpuUsage();
  await projector.start();
  await projector.settled();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  const peak = await memory.peak();
  const parked = projector.parked().length;
  await projector.stop();
  await store.close();
  const file = path.join(folder, 'views.db');
  const written = contentsOf(file);
  const limit = events / (await rawInsertSeconds(folder, written));
  const perSecond = events / seconds;
  report({
    name: `projections.rebuild.${viewNames.length}-views.${events}`,
    value: perSecond,
    unit: 'events/s',
    limit,
    ratio: perSecond / limit,
    goal: `>= ${GOAL}/s, nobody parked`,
    holds: perSecond >= GOAL && parked === 0,
  });
  // Beside other work on the machine the wall clock says little; this says what the rebuild itself needs.
  report({ name: 'projections.rebuild.cpu', value: (user + system) / events, unit: 'µs/event' });
  report({ name: 'projections.rebuild.rows', value: written.rows / events, unit: 'rows/event' });
  report({ name: 'projections.rebuild.disk', value: statSync(file).size / events, unit: 'bytes/event' });
  report({
    name: 'projections.rebuild.memory',
    value: peak / 2 ** 20,
    unit: 'MiB of its own',
    goal: '< 1024',
    holds: peak < 2 ** 30,
  });
}

/** Bytes in memory but for the pages of mapped files, which the system takes back when it likes: the log is mapped. */
const ownMemory = `Number(/^RssAnon:\\s+(\\d+) kB/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]) * 1024`;

/** From a thread of its own, as the measured one is blocked for seconds while it makes indexes. */
function watchMemory() {
  const program = `
    let peak = 0;
    setInterval(() => { peak = Math.max(peak, ${process.platform === 'linux' ? ownMemory : 'process.memoryUsage.rss()'}); }, 50);
    require('node:worker_threads').parentPort.once('message', function () { this.postMessage(peak); process.exit(); });`;
  const worker = new Worker(program, { eval: true });
  return {
    async peak(): Promise<number> {
      const answered = once(worker, 'message');
      worker.postMessage('peak');
      const [peak] = (await answered) as [number];
      return peak;
    },
  };
}

interface Written {
  readonly rows: number;
  /** Of their bodies. */
  readonly bytes: number;
}

/** Rows of all collections of documents. */
function contentsOf(file: string): Written {
  const db = new Database(file, { readonly: true });
  const tables = db
    .prepare<[], string>("SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c ON c.name = 'body' WHERE m.type = 'table'")
    .pluck()
    .all();
  const sums = tables.map(
    (name) => db.prepare<[], Written>(`SELECT count(*) AS rows, coalesce(sum(octet_length(body)), 0) AS bytes FROM "${name}"`).get()!,
  );
  db.close();
  return sums.reduce((all, one) => ({ rows: all.rows + one.rows, bytes: all.bytes + one.bytes }));
}

/** The limit: as many rows of the same mean size into one bare table, in bare transactions, already JSON and in order of key. */
async function rawInsertSeconds(folder: string, { rows, bytes }: Written): Promise<number> {
  const db = new Database(path.join(folder, 'raw.db'));
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec('CREATE TABLE documents (key TEXT PRIMARY KEY, body TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO documents VALUES (?, ?)');
  const body = 'x'.repeat(Math.round(bytes / Math.max(1, rows)));
  const start = performance.now();
  for (let at = 0; at < rows; at += 5_000) {
    db.transaction(() => {
      for (let i = at; i < Math.min(rows, at + 5_000); i++) insert.run(String(i).padStart(60, '0'), body);
    })();
  }
  const seconds = (performance.now() - start) / 1000;
  db.close();
  return seconds;
}

/** From the call of append to the moment when a reader beside sees it, at 1,000 events a second. */
async function measureVisibility(log: EventLog, { readModelsUrl: url }: BuildThreadsOptions, report: Report): Promise<void> {
  const [store, beside] = [openReadModels(url), openReadModels(url, { readOnly: true })];
  const projector = createLetopisProjector({ log, store });
  await projector.start();
  await projector.settled();
  const reader = createViewReader(beside, codeOfViews());
  const view = viewNames[0]!;
  const append = createAppender(log);
  const delays: number[] = [];
  const waiting: Promise<void>[] = [];
  const start = performance.now();
  for (let sent = 0; performance.now() - start < SECONDS * 1000; ) {
    const due = Math.floor(performance.now() - start);
    for (; sent < due; sent++) waiting.push(appendAndSee(sent));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(waiting);
  await projector.stop();
  await Promise.all([store.close(), beside.close()]);
  const p99 = delays.sort((a, b) => a - b)[Math.floor(delays.length * 0.99)]!;
  report({ name: 'projections.visible.p50', value: delays[delays.length >> 1]!, unit: 'ms' });
  report({ name: 'projections.visible.p99', value: p99, unit: 'ms', goal: '< 100', holds: p99 < 100 });
  report({ name: 'projections.visible.rate', value: delays.length / SECONDS, unit: 'events/s' });

  async function appendAndSee(n: number): Promise<void> {
    const began = performance.now();
    const customerId = `bench-${n % 500}`;
    const data = {
      contactId: `contact-${n}`,
      channel: 'phone',
      direction: 'inbound',
      purpose: 'information',
      participants: [],
      summary: 'asked',
    };
    const { position } = await append(`relationship-${customerId}`, [newEvent({ type: 'contact-recorded', data })]);
    if (await reader.waitFor(view, position, 5_000)) delays.push(performance.now() - began);
    else throw new Error('an event was not seen within five seconds');
  }
}
