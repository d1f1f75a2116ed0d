import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createEventRegistry, type DomainEvent, type EventLog, type NewEvent, openEventLog } from '#event-log';
import { createIds } from '#platform';
import {
  decideRelationship,
  defaultPolicies,
  eventDefinitions,
  evolveRelationship,
  initialRelationship,
  type RelationshipCommand,
} from '#relationship';
import { createAppender } from '#testing/append-at-head.js';
import type { PastCommand } from '../../apps/cli/src/demo/company.js';
import { history } from '../../apps/cli/src/demo/history.js';

const UNTIL = Date.UTC(2026, 10, 22);
const WAVE = 2_000;
type State = typeof initialRelationship;

const EVENTS_PER_CUSTOMER = 20;

/** A new log of so many events, made by a process of its own: what that needs is no part of what is measured. Answers how many there are. */
export async function makeCompanyLog(url: string, events: number, customers = Math.ceil(events / EVENTS_PER_CUSTOMER)): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), url, String(events), String(customers)]);
  return Number(stdout);
}

/** Events of the demo company, decided by the domain, until there are so many. Answers how many were appended. */
export async function appendCompany(log: EventLog, events: number, customers: number): Promise<number> {
  const newId = createIds();
  const appendTo = createAppender(log);
  const states = new Map<string, { state: State; revision: number }>();
  let appended = 0;
  let wave = new Map<string, NewEvent[]>();
  let waiting = 0;

  async function append(): Promise<void> {
    await Promise.all([...wave].map(([stream, made]) => appendTo(stream, made)));
    appended += waiting;
    waiting = 0;
    wave = new Map();
  }

  for (const command of history({ seed: 7, customers, until: UNTIL })) {
    const customerId = command.target.customerId;
    if (customerId === undefined) continue;
    const stream = `relationship-${customerId}`;
    const known = states.get(stream) ?? { state: initialRelationship, revision: -1 };
    const decided = decide(known.state, command, newId);
    for (const event of decided) {
      known.revision++;
      known.state = evolveRelationship(known.state, { ...event, stream, revision: known.revision } as DomainEvent) as State;
    }
    states.set(stream, known);
    if (decided.length === 0) continue;
    wave.set(stream, [...(wave.get(stream) ?? []), ...decided]);
    waiting += decided.length;
    if (waiting >= WAVE) await append();
    if (appended >= events) return appended;
  }
  if (waiting > 0) await append();
  return appended;
}

function decide(state: State, { at, occurredAt = at, name, body, actor, key }: PastCommand, newId: () => string): NewEvent[] {
  const [now, then] = [new Date(at).toISOString(), new Date(occurredAt).toISOString()];
  try {
    const context = { now, occurredAt: then, actor, policies: defaultPolicies, curator: () => 'active' as const };
    return decideRelationship(state, { name, body } as RelationshipCommand, context).map((fact) => ({
      id: newId(),
      schemaVersion: 1,
      occurredAt: then,
      recordedAt: now,
      actor,
      correlationId: key,
      commandId: key,
      ...fact,
    }));
  } catch {
    return [];
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , url = '', events, customers] = process.argv;
  const log = await openEventLog(url, { registry: createEventRegistry(eventDefinitions) });
  console.log(await appendCompany(log, Number(events), Number(customers)));
  await log.close();
}
