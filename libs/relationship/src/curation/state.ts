import type { Dated } from '../kernel/event.js';
import { extended, type History, heldIn } from '../kernel/valid-time.js';
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
