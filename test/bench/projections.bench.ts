import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { type EventLog, openEventLog } from '#event-log';
import * as views from '#projections';
import type { Projection } from '#projections/projection.js';
import { createProjector, createViewReader } from '#projections/runner/index.js';
import { openReadModels, type ProjectionBatch, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { appendCompany } from './company-log.js';
import type { Report } from './report.js';

const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 1_000_000);
const EVENTS_PER_CUSTOMER = 20;
const SECONDS = Number(process.env.LETOPIS_BENCH_SECONDS ?? 3);
const GOAL = 30_000;

const ofTheHouse: readonly Projection[] =
  (views as { projections?: readonly Projection[] }).projections ??
  Array.from({ length: 7 }, (_, i) => dealsProjection({ name: `deals-${i}` }) as Projection);
let projections = ofTheHouse;
const policies = { initial: defaultPolicies, apply: applyPolicyEvent };

/** `LETOPIS_BENCH_EVENTS` sets the length of the log. */
export async function run(report: Report, measured = ofTheHouse): Promise<void> {
  projections = measured;
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  try {
    const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`);
    const events = await appendCompany(log, EVENTS, Math.ceil(EVENTS / EVENTS_PER_CUSTOMER));
    await measureRebuild(log, folder, events, report);
    await measureVisibility(log, folder, report);
    await log.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRebuild(log: EventLog, folder: string, events: number, report: Report): Promise<void> {
  const inner = openReadModels(`sqlite:${path.join(folder, 'views.db')}`);
  const written = { documents: 0, bytes: 0, increments: 0, seconds: 0 };
  const store = counting(inner, written);
  let resident = 0;
  const watch = setInterval(() => {
    resident = Math.max(resident, ownMemory());
  }, 50);
  const projector = createProjector({ log, store, projections, policies });
  const start = performance.now();
  const before = process.cpuUsage();
  await projector.start();
  await projector.settled();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  const parked = projector.parked().length;
  await projector.stop();
  await inner.close();
  const limit = events / (await rawInsertSeconds(folder, written));
  const perSecond = events / seconds;
  report({
    name: `projections.rebuild.${projections.length}-views.${events}`,
    value: perSecond,
    unit: 'events/s',
    limit,
    ratio: perSecond / limit,
    goal: `>= ${GOAL}/s, nobody parked`,
    holds: perSecond >= GOAL && parked === 0,
  });
  // Beside other work on the machine the wall clock says little; this says what the rebuild itself needs.
  report({ name: 'projections.rebuild.cpu', value: (user + system) / events, unit: 'µs/event' });
  report({ name: 'projections.rebuild.in-the-store', value: written.seconds / seconds, unit: 'share of the time' });
  report({ name: 'projections.rebuild.documents', value: written.documents / events, unit: 'documents/event' });
  report({ name: 'projections.rebuild.totals', value: written.increments / events, unit: 'increments/event' });
  report({ name: 'projections.rebuild.disk', value: statSync(path.join(folder, 'views.db')).size / events, unit: 'bytes/event' });
  report({
    name: 'projections.rebuild.memory',
    value: resident / 2 ** 20,
    unit: 'MiB of its own',
    goal: '< 1024',
    holds: resident < 2 ** 30,
  });
}

/** Bytes in memory but for the pages of mapped files, which the system takes back when it likes: the log is mapped. */
function ownMemory(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

function counting(
  store: ReadModelStore,
  written: { documents: number; bytes: number; increments: number; seconds: number },
): ReadModelStore {
  return {
    ...store,
    async commit(batches: readonly ProjectionBatch[]) {
      for (const { upserts, increments } of batches) {
        written.documents += upserts.length;
        written.increments += increments.length;
        if (upserts[0]) written.bytes += upserts[upserts.length >> 1]!.json!.length * upserts.length;
      }
      const start = performance.now();
      await store.commit(batches);
      written.seconds += (performance.now() - start) / 1000;
    },
  };
}

/** The limit: as many rows of the same mean size into one bare table, in bare transactions, already JSON and in order of key. */
async function rawInsertSeconds(folder: string, { documents, bytes }: { documents: number; bytes: number }): Promise<number> {
  const db = new Database(path.join(folder, 'raw.db'));
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec('CREATE TABLE documents (key TEXT PRIMARY KEY, body TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO documents VALUES (?, ?)');
  const body = 'x'.repeat(Math.round(bytes / Math.max(1, documents)));
  const start = performance.now();
  for (let at = 0; at < documents; at += 5_000) {
    db.transaction(() => {
      for (let i = at; i < Math.min(documents, at + 5_000); i++) insert.run(String(i).padStart(60, '0'), body);
    })();
  }
  const seconds = (performance.now() - start) / 1000;
  db.close();
  return seconds;
}

/** From the call of append to the moment when a reader beside sees it, at 1,000 events a second. */
async function measureVisibility(log: EventLog, folder: string, report: Report): Promise<void> {
  const url = `sqlite:${path.join(folder, 'views.db')}`;
  const [store, beside] = [openReadModels(url), openReadModels(url, { readOnly: true })];
  const projector = createProjector({ log, store, projections, policies });
  await projector.start();
  await projector.settled();
  const reader = createViewReader(beside);
  const view = projections[0]!.name;
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
    const { position } = await log.append(`relationship-${customerId}`, 'any', [newEvent({ type: 'contact-recorded', data })]);
    if (await reader.waitFor(view, position, 5_000)) delays.push(performance.now() - began);
    else throw new Error('an event was not seen within five seconds');
  }
}
