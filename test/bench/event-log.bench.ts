import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { canonicalEvent, contentHash, createEventRegistry, type EventLog, openEventLog, type StoredEvent } from '#event-log';
import { eventDefinitions } from '#relationship';
import { createAppender } from '#testing/append-at-head.js';
import { CALLERS, CUSTOMERS, contactAppends, contactCommands, contactNoted, contactRegistry, SECONDS, throughput } from './contacts.js';
import { printReport, type Report } from './report.js';

const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 1_000_000);

/** The limit: the same rows, ready made, in bare transactions of 64 inserts on the same disk. */
function rawTransactions(folder: string): number {
  const db = new Database(path.join(folder, 'raw.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER, revision INTEGER, type INTEGER, hash BLOB, body TEXT);
           CREATE UNIQUE INDEX by_stream ON events (stream, revision)`);
  const insert = db.prepare('INSERT INTO events (stream, revision, type, hash, body) VALUES (?, ?, 1, unhex(?), ?)');
  const event = contactNoted();
  const hashed = { ...event, stream: 'relationship-0', revision: 0, envelopeVersion: 2, previousHash: '0'.repeat(64) } as const;
  const [text, hash] = [canonicalEvent({ ...hashed, published: 'contact-noted' }), contentHash(hashed)];
  const start = performance.now();
  let rows = 0;
  const transaction = db.transaction(() => {
    for (let i = 0; i < CALLERS; i++, rows++) insert.run(rows % CUSTOMERS, Math.floor(rows / CUSTOMERS), hash, text);
  });
  while (performance.now() - start < SECONDS * 1000) transaction();
  const perSecond = (rows / (performance.now() - start)) * 1000;
  db.close();
  return perSecond;
}

async function measureAppends(folder: string): Promise<number> {
  const log = await openEventLog(`sqlite:${path.join(folder, 'append.db')}`, { registry: contactRegistry });
  const perSecond = await throughput(contactAppends(log));
  await log.close();
  return perSecond;
}

async function measureDeciding(folder: string): Promise<number> {
  const log = await openEventLog(`sqlite:${path.join(folder, 'decide.db')}`, { registry: createEventRegistry(eventDefinitions) });
  const perSecond = await throughput(await contactCommands(log));
  await log.close();
  return perSecond;
}

async function measureWrites(folder: string, report: Report): Promise<void> {
  const decided = await measureDeciding(folder);
  if (process.env.LETOPIS_BENCH_ONLY === 'deciding') return report({ name: 'deciding', value: decided, unit: 'commands/s' });
  const appends = await measureAppends(folder);
  const limit = rawTransactions(folder);
  report({ name: 'event-log.append.64', value: appends, unit: 'appends/s', limit, ratio: appends / limit });
  report({
    name: 'event-log.load-decide-append.64',
    value: decided,
    unit: 'commands/s',
    limit,
    ratio: decided / limit,
    goal: '>= 15000/s',
    holds: decided >= 15_000,
  });
}

/** 1,000 events in each of a few long streams, 10 in each of the others, as the years interleave them. */
async function append(log: EventLog<StoredEvent>): Promise<{ long: string[]; short: string[] }> {
  const long = Array.from({ length: Math.max(1, Math.floor(EVENTS / 20_000)) }, (_, n) => `relationship-long-${n}`);
  const short = Array.from({ length: Math.floor((EVENTS - long.length * 1000) / 10) }, (_, n) => `relationship-${n}`);
  const append = createAppender(log);
  for (let round = 0; round < 10; round++) {
    for (let at = 0; at < short.length; at += 500) {
      await Promise.all(short.slice(at, at + 500).map((stream) => append(stream, [contactNoted()])));
    }
    const hundred = () => Array.from({ length: 100 }, contactNoted);
    for (const stream of long) await append(stream, hundred());
  }
  return { long, short };
}

function rawScan(file: string): number {
  const db = new Database(file, { readonly: true });
  const statement = db.prepare<[], string>('SELECT body FROM events ORDER BY position').pluck();
  const start = performance.now();
  let events = 0;
  for (const body of statement.iterate()) if (JSON.parse(body)) events++;
  const perSecond = (events / (performance.now() - start)) * 1000;
  db.close();
  return perSecond;
}

async function replay(log: EventLog<StoredEvent>): Promise<number> {
  const start = performance.now();
  let events = 0;
  for await (const batch of log.readAll()) events += batch.length;
  return (events / (performance.now() - start)) * 1000;
}

async function loads(log: EventLog<StoredEvent>, streams: readonly string[]): Promise<number> {
  const start = performance.now();
  let loaded = 0;
  while (performance.now() - start < 1000) {
    for await (const batch of log.readStream(streams[(loaded * 7919) % streams.length]!)) void batch;
    loaded++;
  }
  return (loaded / (performance.now() - start)) * 1000;
}

async function measureReads(folder: string, report: Report): Promise<void> {
  const file = path.join(folder, 'replay.db');
  const log = await openEventLog(`sqlite:${file}`);
  const { long, short } = await append(log);
  rawScan(file);
  const limits = [rawScan(file)];
  const replays = [await replay(log)];
  limits.push(rawScan(file));
  replays.push(await replay(log));
  const [limit, replayed] = [Math.max(...limits), Math.max(...replays)];
  const ratio = replayed / limit;
  report({
    name: `event-log.replay.${EVENTS}`,
    value: replayed,
    unit: 'events/s',
    limit,
    ratio,
    goal: 'ratio >= 0.6',
    holds: ratio >= 0.6,
  });
  report({ name: 'event-log.load-stream.10', value: await loads(log, short), unit: 'streams/s' });
  report({ name: 'event-log.load-stream.1000', value: await loads(log, long), unit: 'streams/s' });
  const start = performance.now();
  let events = 0;
  for await (const batch of log.readByStream!({ upTo: await log.head(), streamPrefix: 'relationship-' })) events += batch.length;
  report({ name: 'event-log.read-by-stream', value: (events / (performance.now() - start)) * 1000, unit: 'events/s', limit });
  await log.close();
}

/** `LETOPIS_BENCH_EVENTS` sets the size of the replay, `LETOPIS_BENCH_SECONDS` the length of each measure of writes. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  try {
    await measureWrites(folder, report);
    if (EVENTS > 0) await measureReads(folder, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run(printReport);
