import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createEventRegistry, type DomainEvent, type EventLog, type NewEvent, openEventLog } from '#event-log';
import { createIds, openWritableLog, readConfiguration } from '#platform';
import {
  decideRelationship,
  defaultPolicies,
  eventDefinitions,
  evolveRelationship,
  initialRelationship,
  instanceOf,
  type RelationshipCommand,
} from '#relationship';
import { createAppender } from '#testing/append-at-head.js';
import type { PastCommand } from '../../apps/cli/src/demo/company.js';
import { history } from '../../apps/cli/src/demo/history.js';

const UNTIL = Date.UTC(2026, 10, 22);
const WAVE = 2_000;
type State = typeof initialRelationship;

const EVENTS_PER_CUSTOMER = 20;

/**
 * A new log of so many events, made by a process of its own: what that needs is no part of what is measured. Answers how many there are.
 * @param dataFolder where the keys are that it is encrypted with, as the API requires it; not encrypted when absent
 */
export async function makeCompanyLog(url: string, events: number, dataFolder = ''): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), url, String(events), dataFolder]);
  return Number(stdout);
}

/** The log of a data folder, as the API writes it. */
export const openEncryptedLog = async (dataFolder: string, url: string): Promise<EventLog> => {
  const configuration = readConfiguration({ LETOPIS_DATA: dataFolder, EVENT_LOG_URL: url });
  return (await openWritableLog(configuration, { registry: createEventRegistry(eventDefinitions) })).log;
};

/** Events of the demo company, decided by the domain, until there are so many. Answers how many were appended. */
export async function appendCompany(log: EventLog, events: number, customers: number): Promise<number> {
  const appendTo = createAppender(log);
  let appended = 0;
  let wave = new Map<string, NewEvent[]>();
  let waiting = 0;

  async function append(): Promise<void> {
    await Promise.all([...wave].map(([stream, made]) => appendTo(stream, made)));
    appended += waiting;
    waiting = 0;
    wave = new Map();
  }

  for await (const { stream, made } of decidedInTime(events, customers)) {
    wave.set(stream, [...(wave.get(stream) ?? []), ...made]);
    waiting += made.length;
    if (waiting >= WAVE) await append();
    if (appended >= events) return appended;
  }
  if (waiting > 0) await append();
  return appended;
}

/** What came of one command. */
interface Decided {
  readonly stream: string;
  readonly made: readonly NewEvent[];
}

const instantOf = ({ made }: Decided): string => made[0]!.recordedAt;

/** Of so many customers the lives are held in memory at a time; those of more lie in files meanwhile, share by share. */
const SHARE = 20_000;

async function* decidedInTime(events: number, customers: number): AsyncIterable<Decided> {
  const newId = createIds();
  const of = Math.ceil(customers / SHARE);
  if (of === 1) {
    yield* decided(customers, { index: 0, of }, newId);
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-company-'));
  try {
    const files: string[] = [];
    for (let index = 0; index < of; index++) {
      const file = path.join(folder, String(index));
      // All shares are alike, so the instant at which there are enough events is at about the same place in each.
      const enough = (events / of) * 1.1 + WAVE;
      const lines = decided(customers, { index, of }, newId)
        .take(Math.ceil(enough))
        .map((each) => `${JSON.stringify(each)}\n`);
      await pipeline(Readable.from(lines), createWriteStream(file));
      files.push(file);
    }
    yield* merged(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function* merged(files: readonly string[]): AsyncIterable<Decided> {
  const readers = files.map((file) => createInterface({ input: createReadStream(file) })[Symbol.asyncIterator]());
  const next = async (reader: AsyncIterator<string>): Promise<Decided | undefined> => {
    const { value, done } = await reader.next();
    return done ? undefined : (JSON.parse(value) as Decided);
  };
  const heads = await Promise.all(readers.map(next));
  for (;;) {
    let first = -1;
    for (const [i, head] of heads.entries()) if (head && (first === -1 || instantOf(head) < instantOf(heads[first]!))) first = i;
    if (first === -1) return;
    yield heads[first]!;
    heads[first] = await next(readers[first]!);
  }
}

/** Of a share of the customers, in order of time. */
function* decided(customers: number, share: { readonly index: number; readonly of: number }, newId: () => string): Generator<Decided> {
  const states = new Map<string, { state: State; revision: number }>();
  for (const command of history({ seed: 7, customers, until: UNTIL, share })) {
    const { customerId } = command.target;
    if (customerId === undefined) continue;
    const stream = `relationship-${customerId}`;
    const known = states.get(stream) ?? { state: initialRelationship, revision: -1 };
    states.set(stream, known);
    const made = decide(known.state, command, newId);
    for (const event of made) {
      known.revision++;
      known.state = evolveRelationship(known.state, { ...event, stream, revision: known.revision } as DomainEvent) as State;
    }
    if (made.length > 0) yield { stream, made };
  }
}

const always = { policies: defaultPolicies, curator: () => 'active' as const, newEventId: 'unused', readBody: instanceOf };

function decide(state: State, { at, occurredAt = at, name, body, actor, key }: PastCommand, newId: () => string): NewEvent[] {
  const [now, then] = [new Date(at).toISOString(), new Date(occurredAt).toISOString()];
  try {
    const context = { ...always, now, occurredAt: then, actor };
    return decideRelationship(state, { name, body } as RelationshipCommand, context).map((event) => ({
      id: newId(),
      schemaVersion: 1,
      occurredAt: then,
      recordedAt: now,
      actor,
      correlationId: key,
      commandId: key,
      ...event,
    }));
  } catch {
    return [];
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , url = '', events, dataFolder = ''] = process.argv;
  const log = dataFolder
    ? await openEncryptedLog(dataFolder, url)
    : await openEventLog(url, { registry: createEventRegistry(eventDefinitions) });
  console.log(await appendCompany(log, Number(events), Math.ceil(Number(events) / EVENTS_PER_CUSTOMER)));
  await log.close();
}
