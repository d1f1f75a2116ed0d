import { heldAt, inTime, runsOf, type Since } from '#relationship/facts.js';
import { NEVER } from '../days.js';

/** A curator answers for the customer from an instant until the next assignment begins. */
export interface Assignment extends Since {
  readonly curatorId: string;
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

export const withAssignment = (
  assignments: Assignments,
  { curatorId, from }: { curatorId: string; from: string },
  event: string,
): Assignments => inTime(assignments, { at: from, curatorId, event });

/** Who answered for the customer at an instant. */
export const curatorAt = ({ assignments }: { readonly assignments: Assignments }, instant: string): string | undefined =>
  heldAt(assignments, instant)?.curatorId;

export const intervalsOf = (assignments: Assignments): readonly AssignmentInterval[] =>
  runsOf(assignments, (one, other) => one.curatorId === other.curatorId).map(({ at, curatorId, event }, place, runs) => ({
    curatorId,
    from: at,
    to: runs[place + 1]?.at ?? NEVER,
    event,
  }));
