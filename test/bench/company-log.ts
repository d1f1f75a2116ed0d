import type { EventLog, NewEvent, RecordedEvent } from '#event-log';
import { createIds } from '#platform';
import { decideRelationship, defaultPolicies, evolveRelationship, initialRelationship, type RelationshipCommand } from '#relationship';
import type { PastCommand } from '../../apps/cli/src/demo/company.js';
import { history } from '../../apps/cli/src/demo/history.js';

const UNTIL = Date.UTC(2026, 10, 22);
const WAVE = 2_000;
type State = typeof initialRelationship;

/** Events of the demo company, decided by the domain, until there are so many. Answers how many were appended. */
export async function appendCompany(log: EventLog, events: number, customers: number): Promise<number> {
  const newId = createIds();
  const states = new Map<string, { state: State; revision: number }>();
  let appended = 0;
  let wave = new Map<string, NewEvent[]>();
  let waiting = 0;

  async function append(): Promise<void> {
    await Promise.all([...wave].map(([stream, made]) => log.append(stream, 'any', made)));
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
      known.state = evolveRelationship(known.state, { ...event, stream, revision: known.revision } as RecordedEvent) as State;
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
