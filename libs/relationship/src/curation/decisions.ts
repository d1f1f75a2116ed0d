import type { DecisionContext } from '../kernel/decider.js';
import { plain } from '../kernel/plain.js';
import { refuse } from '../kernel/refusals.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { AssignCurator } from './commands.js';
import type { CurationFact } from './events.js';
import { curatorAt } from './state.js';

/** Judged as of `occurredAt`: an assignment that was recorded late splits the interval in which it falls, and ends at the next one. */
export const assignCurator = (
  { assignments }: ActiveRelationship,
  { curatorId, reason }: AssignCurator,
  context: DecisionContext,
): readonly CurationFact[] => {
  const known = context.curator(curatorId);
  if (known === 'unknown') refuse('curator-unknown', `There is no curator ${curatorId}; register the curator first.`, { curatorId });
  if (known === 'departed') refuse('curator-departed', `Curator ${curatorId} no longer works here.`, { curatorId });
  const formerCuratorId = curatorAt(assignments, context.occurredAt);
  if (formerCuratorId === curatorId)
    refuse('curator-already-assigned', `Curator ${curatorId} already answers for the customer at ${context.occurredAt}.`, { curatorId });
  return [{ type: 'curator-assigned', data: plain({ curatorId, from: context.occurredAt, formerCuratorId, reason }) }];
};
