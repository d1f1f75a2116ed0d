import type { Dated } from '../kernel/event.js';
import { extended, type History, heldIn, runsOf } from '../kernel/valid-time.js';
import type { CurationFact } from './events.js';

export interface Assignment {
  readonly at: string;
  readonly curatorId: string;
}

export type Assignments = History<Assignment>;

export const evolveAssignments = (assignments: Assignments, { data: { curatorId, from } }: Dated<CurationFact>): Assignments =>
  extended(assignments, { at: from, curatorId });

/** Who answered for the customer at an instant. */
export const curatorAt = (assignments: Assignments, instant: string): string | undefined => heldIn(assignments, instant)?.curatorId;

/**
 * When a curator was relieved of the customer, in order of time. What is open in the curator's name and was given before passes on with
 * the customer; what was given to a colleague who never had the customer stays with the colleague.
 */
export const reliefsOf = (assignments: readonly Assignment[], curatorId: string): readonly string[] =>
  runsOf(assignments, (one, other) => one.curatorId === other.curatorId).flatMap(({ at }, place, runs) =>
    runs[place - 1]?.curatorId === curatorId ? [at] : [],
  );
