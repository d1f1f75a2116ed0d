import { createDecipheriv, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { createEventRegistry, type EventLog, openEventLog, type SealedFields, type StoredEvent } from '#event-log';
import { createLetopisProjector, type LogEngines, openLetopisLog, openSubjectKeyStore, openWritableLog } from '#platform';
import { openReadModels } from '#read-models';
import { eventDefinitions } from '#relationship';
import { appendCompany } from './company-log.js';
import { contactCommands, throughput } from './contacts.js';
import type { Report } from './report.js';

const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 200_000);
const ROUNDS = 3;

/** What encryption costs: the same work on a log with it and on one without, one after the other in the same run. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const subjectKeys = {
    url: `sqlite:${path.join(folder, 'subject-keys.db')}`,
    masterKeyFile: path.join(folder, 'master.key'),
    keptOutsideUrl: `file:${path.join(folder, 'kept')}`,
  };
  const at = (name: string): LogEngines => ({ eventLogUrl: `sqlite:${path.join(folder, `${name}.db`)}`, subjectKeys });
  try {
    await measureDeciding(at, report);
    await measureReads(at, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type At = (name: string) => LogEngines;

const registry = createEventRegistry(eventDefinitions);
const openPlain = ({ eventLogUrl }: LogEngines) => openEventLog(eventLogUrl, { registry });
const openEncrypted = async (engines: LogEngines) =>
  (
    await openWritableLog(
      { ...engines, keyStoreUrl: `sqlite:${path.join(path.dirname(engines.subjectKeys.masterKeyFile), 'keys.sqlite')}` },
      { registry },
    )
  ).log;
const best = (values: readonly number[]): number => Math.max(...values);

async function measureDeciding(at: At, report: Report): Promise<void> {
  const logs = [await openPlain(at('plain')), await openEncrypted(at('encrypted'))];
  const calls = [await contactCommands(logs[0]!), await contactCommands(logs[1]!)];
  const measured: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) for (const [index, call] of calls.entries()) measured[index]!.push(await throughput(call));
  const [limit, value] = measured.map(best) as [number, number];
  const ratio = value / limit;
  report({ name: 'privacy.load-decide-append.64', value, unit: 'commands/s', limit, ratio, goal: 'ratio >= 0.75', holds: ratio >= 0.75 });
  for (const log of logs) await log.close();
}

async function measureReads(at: At, report: Report): Promise<void> {
  const [plain, encrypted] = [at('company-plain'), at('company-encrypted')];
  for (const [engines, open] of [
    [plain, openPlain],
    [encrypted, openEncrypted],
  ] as const) {
    const log = await open(engines);
    await appendCompany(log, EVENTS, Math.ceil(EVENTS / 40));
    await log.close();
  }
  const keys = await keysOf(encrypted);
  const scans: number[] = [];
  const replays: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    scans.push(bareScan(encrypted, keys));
    replays.push(await replay(encrypted));
  }
  const [limit, value] = [best(scans), best(replays)];
  report({
    name: `privacy.replay.${EVENTS}`,
    value,
    unit: 'events/s',
    limit,
    ratio: value / limit,
    goal: 'ratio >= 0.6',
    holds: value / limit >= 0.6,
  });

  const cpu: number[][] = [[], []];
  for (let round = 0; round < 2; round++)
    for (const [index, engines] of [plain, encrypted].entries()) cpu[index]!.push(await rebuild(engines, round));
  const [without, withIt] = cpu.map((each) => Math.min(...each)) as [number, number];
  report({
    name: `privacy.rebuild.cpu.${EVENTS}`,
    value: withIt,
    unit: 'µs/event',
    limit: without,
    ratio: withIt / without,
    goal: 'ratio <= 1.33, which is a quarter less a second',
    holds: withIt / without <= 4 / 3,
  });
}

const fileOf = ({ eventLogUrl }: LogEngines): string => eventLogUrl.slice('sqlite:'.length);

async function keysOf(engines: LogEngines): Promise<ReadonlyMap<string, KeyObject>> {
  const db = new Database(fileOf(engines), { readonly: true });
  const streams = db.prepare<[], string>('SELECT name FROM streams').pluck().all();
  db.close();
  const store = await openSubjectKeyStore(engines.subjectKeys);
  const found = await store.find(streams);
  await store.close();
  return new Map([...found].flatMap(([subject, each]) => (each.kind === 'key' ? [[subject, each.key.key] as const] : [])));
}

/** The limit: each row parsed and decrypted, and nothing else. */
function bareScan(engines: LogEngines, keys: ReadonlyMap<string, KeyObject>): number {
  const db = new Database(fileOf(engines), { readonly: true });
  const statement = db.prepare<[], string>('SELECT body FROM events ORDER BY position').pluck();
  const start = performance.now();
  let events = 0;
  let fields = 0;
  for (const body of statement.iterate()) {
    const event = JSON.parse(body) as StoredEvent;
    for (const each of event.sealed ?? []) fields += Object.keys(decrypted(event, each, keys.get(each.subject)!) as object).length;
    events++;
  }
  const perSecond = (events / (performance.now() - start)) * 1000;
  db.close();
  if (fields === 0) throw new Error('nothing was encrypted');
  return perSecond;
}

function decrypted(
  { stream, id, type, schemaVersion }: StoredEvent,
  { subject, keyId, nonce, ciphertext }: SealedFields,
  key: KeyObject,
): unknown {
  const bytes = Buffer.from(ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
  decipher.setAAD(Buffer.from(JSON.stringify([stream, id, type, schemaVersion, subject, keyId]))).setAuthTag(bytes.subarray(-16));
  const plaintext = decipher.update(bytes.subarray(0, -16));
  decipher.final();
  return JSON.parse(plaintext.toString('utf8', 32));
}

async function replay(engines: LogEngines): Promise<number> {
  const log = await openLetopisLog(engines);
  const start = performance.now();
  let events = 0;
  for await (const batch of log.readAll()) events += batch.length;
  const perSecond = (events / (performance.now() - start)) * 1000;
  await log.close();
  return perSecond;
}

/** CPU, of all threads: beside other work on the machine the wall clock says little. */
async function rebuild(engines: LogEngines, round: number): Promise<number> {
  const readModelsUrl = `sqlite:${fileOf(engines)}.views-${round}`;
  const log: EventLog = await openLetopisLog(engines);
  const store = openReadModels(readModelsUrl);
  const projector = createLetopisProjector({ log, store, engines: { ...engines, readModelsUrl } });
  const before = process.cpuUsage();
  await projector.start();
  await projector.settled();
  const { user, system } = process.cpuUsage(before);
  const parked = projector.parked().length;
  await projector.stop();
  await store.close();
  await log.close();
  if (parked > 0) throw new Error(`${parked} customers are parked`);
  return (user + system) / EVENTS;
}
