import type { DecisionContext } from '../kernel/decider.js';
import { isAlreadySo, mustWorkHere } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { heldIn } from '../kernel/valid-time.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { AssignCurator } from './commands.js';
import type { CurationEvent } from './events.js';

/** Judged as of `occurredAt`: an assignment that was recorded late splits the interval in which it falls, and ends at the next one. */
export const assignCurator = (
  { assignments }: ActiveRelationship,
  { curatorId, reason }: AssignCurator,
  context: DecisionContext,
): readonly CurationEvent[] => {
  mustWorkHere(curatorId, context);
  const held = heldIn(assignments, context.occurredAt);
  if (held?.curatorId === curatorId && isAlreadySo(held, context))
    reject('curator-already-assigned', `Curator ${curatorId} is already responsible for the customer at ${context.occurredAt}.`, {
      curatorId,
    });
  return [{ type: 'curator-assigned', data: plain({ curatorId, from: context.occurredAt, formerCuratorId: held?.curatorId, reason }) }];
};
