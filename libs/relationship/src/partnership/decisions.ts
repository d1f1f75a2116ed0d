import type { DecisionContext } from '../kernel/decider.js';
import { mustBeNew, mustExist, mustRunForwards } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { instantOf } from '../kernel/time.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { AgreePartnership, EndPartnership } from './commands.js';
import type { PartnershipEvent } from './events.js';
import { isInForce } from './state.js';

type Decided = readonly PartnershipEvent[];

export const agreePartnership = ({ agreements }: ActiveRelationship, body: AgreePartnership, context: DecisionContext): Decided => {
  const { agreementId, terms } = body;
  mustBeNew(agreements, agreementId, 'agreement-id-taken', 'Agreement');
  const activeFrom = body.activeFrom ? instantOf(body.activeFrom, 'activeFrom') : context.occurredAt;
  const activeUntil = body.activeUntil ? instantOf(body.activeUntil, 'activeUntil') : undefined;
  mustRunForwards(activeFrom, activeUntil);
  return [{ type: 'partnership-agreed', data: plain({ agreementId, activeFrom, activeUntil, terms }) }];
};

export const endPartnership = ({ agreements }: ActiveRelationship, body: EndPartnership, context: DecisionContext): Decided => {
  const { agreementId, reason } = body;
  const agreement = mustExist(agreements, agreementId, 'agreement-unknown', 'agreement');
  if (!isInForce(agreement, context.occurredAt))
    reject('agreement-not-in-force', `Agreement ${agreementId} is not in force at ${context.occurredAt}.`, { agreementId });
  return [{ type: 'partnership-ended', data: plain({ agreementId, reason }) }];
};
