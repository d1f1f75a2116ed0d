import type { Acted } from '../kernel/aggregate.js';
import type { TypedEvent } from '../kernel/event.js';
import { extended, type History, heldAt, heldIn, knownFrom, runsOf, type Since } from '../kernel/valid-time.js';
import type { CurationEvent } from './events.js';

export interface Assignment extends Since {
  readonly curatorId: string;
  /** Of whoever registered the customer: since when the customer has that curator, as `at` comes before every instant. */
  readonly since?: string;
}

export type Assignments = History<Assignment>;

/** A customer whom a curator references belongs to that curator until the first assignment, however far back that is dated. */
const REGISTRATION = '';

/** Who is responsible for the customer by an event, in decisions, access and views alike. */
export const assignmentOf = (event: Acted<TypedEvent>): Assignment | undefined => {
  const { type, data, actor } = event as Acted<CurationEvent | TypedEvent<'customer-registered'>>;
  if (type === 'curator-assigned') return { at: data.from, curatorId: data.curatorId };
  if (type !== 'customer-registered' || actor?.kind !== 'curator') return undefined;
  return { at: REGISTRATION, since: knownFrom(event), curatorId: actor.id };
};

export const evolveAssignments = (assignments: Assignments, event: Acted<TypedEvent>): Assignments => {
  const assignment = assignmentOf(event);
  return assignment === undefined ? assignments : extended(assignments, assignment);
};

/** Who was responsible for the customer at an instant. */
export const curatorAt = (assignments: Assignments, instant: string): string | undefined => heldBy(heldIn(assignments, instant), instant);

/** The same by a list, in order of time. */
export const curatorAmong = (assignments: readonly Assignment[], instant: string): string | undefined =>
  heldBy(heldAt(assignments, instant), instant);

const heldBy = (held: Assignment | undefined, instant: string): string | undefined =>
  held !== undefined && (held.since ?? REGISTRATION) <= instant ? held.curatorId : undefined;

/** When a curator was relieved of the customer, in order of time. */
export const reliefsOf = (assignments: readonly Assignment[], curatorId: string): readonly string[] =>
  runsOf(assignments, (one, other) => one.curatorId === other.curatorId).flatMap(({ at }, place, runs) =>
    runs[place - 1]?.curatorId === curatorId ? [at] : [],
  );

/** By curator. */
export type Reliefs = (curatorId: string) => readonly string[];

/** Each found once, where many pieces of work are looked at. */
export const reliefsIn = (assignments: readonly Assignment[]): Reliefs => {
  const found = new Map<string, readonly string[]>();
  return (curatorId) => {
    const reliefs = found.get(curatorId) ?? reliefsOf(assignments, curatorId);
    found.set(curatorId, reliefs);
    return reliefs;
  };
};

/**
 * From when on what is open is for whoever is the customer's curator: where it was given to nobody by name, at once; else when the curator
 * whom it was given to is relieved of the customer. What was given to a colleague who never had the customer stays with the colleague.
 */
export const passesOnAt = (
  reliefs: Reliefs,
  { curatorId, givenAt }: { readonly curatorId: string | undefined; readonly givenAt: string },
): string | undefined => (curatorId === undefined ? givenAt : reliefs(curatorId).find((at) => at > givenAt));
