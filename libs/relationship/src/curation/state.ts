import type { Dated } from '../kernel/event.js';
import type { CurationFact } from './events.js';

export interface Assignment {
  readonly curatorId: string;
  readonly from: string;
}

/** In order of `from`; of two at the same instant the one recorded later stands later and holds. */
export type Assignments = readonly Assignment[];

export const evolveAssignments = (assignments: Assignments, fact: Dated<CurationFact>): Assignments => {
  const { curatorId, from } = fact.data;
  const later = assignments.findIndex((assignment) => assignment.from > from);
  return assignments.toSpliced(later === -1 ? assignments.length : later, 0, { curatorId, from });
};

/** Who answered for the customer at an instant. */
export const curatorAt = (assignments: Assignments, instant: string): string | undefined =>
  assignments.findLast(({ from }) => from <= instant)?.curatorId;
