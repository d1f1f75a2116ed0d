import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { Type } from 'typebox';
import {
  canonicalEvent,
  contentHash,
  createCommandRunner,
  createEventRegistry,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
  openEventLog,
  type StoredEvent,
} from '#event-log';
import { createIds } from '#platform';
import { defaultPolicies, eventDefinitions, instanceOf, type RelationshipCommand, relationship } from '#relationship';
import { createAppender } from '#testing/append-at-head.js';
import { printReport, type Report } from './report.js';

const CALLERS = 64;
const CUSTOMERS = 2_000;
const SECONDS = Number(process.env.LETOPIS_BENCH_SECONDS ?? 3);
const newId = createIds();
const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 1_000_000);

const registry = createEventRegistry([
  {
    type: 'contact-noted',
    version: 1,
    schema: Type.Object(
      {
        contactId: Type.String({ maxLength: 64 }),
        channel: Type.Union([Type.Literal('phone'), Type.Literal('email'), Type.Literal('visit')]),
        direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound')]),
        purpose: Type.String({ maxLength: 40 }),
        summary: Type.String({ maxLength: 4000 }),
        minutes: Type.Integer({ minimum: 0 }),
      },
      { additionalProperties: false },
    ),
    personal: ['/summary'],
    published: 'contact-noted',
    description: 'A contact was noted.',
  },
]);

/** What each write and each replay is made of: about 600 bytes, the size of a contact with a summary of two sentences. */
function contact(id: string) {
  return {
    contactId: id,
    channel: 'phone',
    direction: 'inbound',
    purpose: 'negotiation',
    summary: 'Asked for a revised offer with delivery in March; price is fine, terms of payment are not. Calls back on Thursday.',
    minutes: 12,
  };
}

function contactNoted(): NewEvent {
  const id = newId();
  const now = new Date().toISOString();
  return {
    id,
    type: 'contact-noted',
    schemaVersion: 1,
    occurredAt: now,
    recordedAt: now,
    actor: { kind: 'curator', id: 'curator-0001' },
    correlationId: id,
    commandId: id,
    commandHash: '3f1a0c9d2b7e4f60',
    data: contact(id),
  };
}

/** Calls a second that so many callers, each waiting for its own answer, get through. */
async function throughput(call: (caller: number, round: number) => Promise<unknown>): Promise<number> {
  let calls = 0;
  const start = performance.now();
  const end = start + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let round = 0; performance.now() < end; round++) {
        await call(caller, round);
        calls++;
      }
    }),
  );
  return (calls / (performance.now() - start)) * 1000;
}

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
  const log = await openEventLog(`sqlite:${path.join(folder, 'append.db')}`, { registry });
  const heads = new Map<string, ExpectedRevision>();
  const perSecond = await throughput(async (caller, round) => {
    const stream = `relationship-${caller}-${round % 32}`;
    heads.set(stream, await log.append(stream, heads.get(stream) ?? 'none', [contactNoted()]));
  });
  await log.close();
  return perSecond;
}

/** The domain itself: contacts of 2,000 registered customers, each in turn, again and again. */
async function measureDeciding(folder: string): Promise<number> {
  const registry = createEventRegistry(eventDefinitions);
  const log = await openEventLog(`sqlite:${path.join(folder, 'decide.db')}`, { registry });
  const { decider } = relationship;
  const runner = createCommandRunner({ log, decider, newId, registry });
  const actor = { kind: 'curator', id: 'curator-0001' } as const;
  const always = { policies: defaultPolicies, curator: () => 'active' as const, readBody: instanceOf };
  const execute = (customer: number, command: RelationshipCommand) => {
    const commandId = newId();
    const now = new Date().toISOString();
    const context = { ...always, now, occurredAt: now, actor, newEventId: newId() };
    const envelope = { commandId, commandHash: '3f1a0c9d2b7e4f60', actor, now, occurredAt: now, correlationId: commandId, command };
    return runner.execute(`relationship-c-${customer}`, envelope, context);
  };
  const registration = { kind: 'person', role: 'customer', displayName: 'Ольга Ветрова' };
  await Promise.all(
    Array.from({ length: CUSTOMERS }, (_, customer) =>
      execute(customer, { name: 'register-customer', body: { customerId: `c-${customer}`, ...registration } } as RelationshipCommand),
    ),
  );
  let made = 0;
  const perSecond = await throughput(() => {
    const { minutes, ...said } = contact(newId());
    const command = { name: 'record-contact', body: { ...said, durationSeconds: minutes * 60 } } as RelationshipCommand;
    return execute((made++ * 7919) % CUSTOMERS, command);
  });
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
