import { Id, Optional, Text } from '../kernel/body.js';
import type { DecisionContext } from '../kernel/decider.js';
import { isAlreadySo, mustWorkHere } from '../kernel/decision.js';
import { type GivenWork, inItsLife, namedAt } from './given-work.js';
import { type Assignments, curatorAt, reliefsIn } from './state.js';

/** Holds from `occurredAt` on. */
export class Reassign {
  @Id() curatorId!: string;
  @Optional() @Text(500) reason?: string;
}

/** Whose work it is at an instant. */
export const responsibleAt = (work: GivenWork, assignments: Assignments, instant: string): string | undefined =>
  namedAt(work, reliefsIn(assignments.flat()), instant)?.curatorId ?? curatorAt(assignments, inItsLife(work, instant));

/** What an event says of work that goes to another curator; undefined where the curator has it already. */
export const reassigned = (
  work: GivenWork,
  assignments: Assignments,
  { curatorId, reason }: Reassign,
  context: DecisionContext,
): { readonly curatorId: string; readonly formerCuratorId: string | undefined; readonly reason: string | undefined } | undefined => {
  mustWorkHere(curatorId, context);
  const { occurredAt } = context;
  const named = namedAt(work, reliefsIn(assignments.flat()), occurredAt);
  if (named?.curatorId === curatorId && isAlreadySo(named, context)) return undefined;
  return { curatorId, formerCuratorId: named?.curatorId ?? curatorAt(assignments, inItsLife(work, occurredAt)), reason };
};
