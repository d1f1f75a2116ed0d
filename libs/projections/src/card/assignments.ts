import { NEVER } from '../days.js';

/** A curator answers for the customer from an instant until the next assignment begins. */
export interface Assignment {
  readonly curatorId: string;
  readonly from: string;
  readonly event: string;
}

/** In order of `from`; of two from the same instant the one learned later stands last and wins. */
export type Assignments = readonly Assignment[];

export interface AssignmentInterval extends Assignment {
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
}

/** A late assignment takes its place in time, and so corrects who answered then. */
export const withAssignment = (
  assignments: Assignments,
  { curatorId, from }: { curatorId: string; from: string },
  event: string,
): Assignments => {
  let at = assignments.length;
  while (at > 0 && assignments[at - 1]!.from > from) at--;
  return assignments.toSpliced(at, 0, { curatorId, from, event });
};

export const assignmentAt = (assignments: Assignments, instant: string): Assignment | undefined =>
  assignments.findLast(({ from }) => from <= instant);

/** Who answered for the customer at an instant. */
export const curatorAt = (document: { readonly assignments: Assignments }, instant: string): string | undefined =>
  assignmentAt(document.assignments, instant)?.curatorId;

export const intervalsOf = (assignments: Assignments): readonly AssignmentInterval[] =>
  assignments.map((assignment, i) => ({ ...assignment, to: assignments[i + 1]?.from ?? NEVER }));
