import type { DomainEvent } from '#event-log';
import { assignmentOf, curatorAmong, inTime, type Assignment as MadeAssignment, runsOf } from '#relationship/read-side.js';
import { NEVER } from '../days.js';

/** A curator answers for the customer from an instant until the next assignment begins. */
export interface Assignment extends MadeAssignment {
  readonly event: string;
}

/** In order of time: a late assignment takes its place, and so corrects who answered then. */
export type Assignments = readonly Assignment[];

/** A time in which one curator answered, however often that was said. */
export interface AssignmentInterval {
  readonly curatorId: string;
  readonly from: string;
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
  /** The assignment that began it. */
  readonly event: string;
}

/** The same list where the event makes nobody responsible. */
export const withAssignment = (assignments: Assignments, event: DomainEvent): Assignments => {
  const assignment = assignmentOf(event);
  return assignment === undefined ? assignments : inTime(assignments, { ...assignment, event: event.id });
};

export const assignmentHandlers = { 'customer-registered': assigned, 'curator-assigned': assigned };

function assigned<Document extends { readonly assignments: Assignments }>(document: Document, _: unknown, event: DomainEvent): Document {
  return { ...document, assignments: withAssignment(document.assignments, event) };
}

/** Who answered for the customer at an instant. */
export const curatorAt = ({ assignments }: { readonly assignments: Assignments }, instant: string): string | undefined =>
  curatorAmong(assignments, instant);

export const intervalsOf = (assignments: Assignments): readonly AssignmentInterval[] =>
  runsOf(assignments, (one, other) => one.curatorId === other.curatorId).flatMap(({ at, since, curatorId, event }, place, runs) => {
    // Whoever registered the customer is not shown earlier than that, unless an assignment says so.
    const first = since && assignments.find((each) => each.since === undefined)?.at;
    const from = first !== undefined && first < since! ? first : (since ?? at);
    const to = runs[place + 1]?.at ?? NEVER;
    return from < to ? [{ curatorId, from, to, event }] : [];
  });
