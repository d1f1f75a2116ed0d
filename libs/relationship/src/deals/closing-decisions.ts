import type { DecisionContext } from '../kernel/decider.js';
import { amountOf, inCurrency, optionalAmountOf } from '../kernel/money.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { inPolicy, named, policyAt } from '../policies/policy.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { LoseDeal, ReopenDeal, WinDeal } from './commands.js';
import { dealOf, ofDeal, openDealOf } from './decisions.js';
import type { DealEvent } from './events.js';
import { funnelOf, mustBeStageOf } from './funnel.js';
import { type DealState, lastStatusOf, stageAt, valueAt } from './state.js';

type Decided = readonly DealEvent[];

export const winDeal = (state: ActiveRelationship, body: WinDeal, context: DecisionContext): Decided => {
  const { dealId, note } = body;
  const deal = dealToClose(state, dealId, context);
  const amount = ofDeal(deal, amountOf(body.amount, 'A win'), 'The amount');
  const cost = ofDeal(deal, optionalAmountOf(body.cost, 'The cost'), 'The cost');
  inCurrency(amount.currency, cost, 'The cost');
  return [{ type: 'deal-won', data: plain({ dealId, from: stageAt(deal, context.occurredAt), amount, cost, note }) }];
};

/** Any version of the dictionary may be in force when a deal is lost: it is the one of that day, and the event names it. */
export const loseDeal = (state: ActiveRelationship, body: LoseDeal, context: DecisionContext): Decided => {
  const { dealId, reason, competitor, note } = body;
  const deal = dealToClose(state, dealId, context);
  const dictionary = policyAt(context.policies, 'loss-reasons', context.occurredAt);
  const codes = dictionary.document.reasons.map(({ code }) => code);
  const known = { known: codes, ...named(dictionary) };
  if (!reason) reject('loss-reason-missing', `A loss requires a reason, one of ${codes.join(', ')}${inPolicy(dictionary)}.`, known);
  const entry =
    dictionary.document.reasons.find(({ code }) => code === reason) ??
    reject('loss-reason-unknown', `The reason must be one of ${codes.join(', ')}${inPolicy(dictionary)}.`, known);
  if (entry.needsNote && !note?.trim()) reject('loss-note-missing', `The reason ${reason} requires a note.`, { reason });
  const then = { stage: stageAt(deal, context.occurredAt), value: valueAt(deal, context.occurredAt) };
  return [{ type: 'deal-lost', data: plain({ dealId, reason, reasonsVersion: dictionary.version, competitor, note, ...then }) }];
};

/** An end answers the last reopening: one of before it would come behind the end that was reopened, and close nothing. */
const dealToClose = (state: ActiveRelationship, dealId: string, { occurredAt }: DecisionContext): DealState => {
  const deal = openDealOf(state, dealId);
  const { at } = lastStatusOf(deal);
  if (occurredAt < at)
    reject('deal-closed', `Deal ${dealId} was reopened at ${at}; it can be won or lost only from then on.`, {
      dealId,
      at,
    });
  return deal;
};

export const reopenDeal = (state: ActiveRelationship, { dealId, stage, reason }: ReopenDeal, context: DecisionContext): Decided => {
  const deal = dealOf(state, dealId);
  const { value: status, at } = lastStatusOf(deal);
  if (status === 'open') reject('deal-not-closed', `Deal ${dealId} is open.`, { dealId });
  if (context.occurredAt < at)
    reject('deal-not-closed', `Deal ${dealId} was ${status} at ${at}; it can be reopened only from then on.`, { dealId, at });
  const reopened = stage ?? stageAt(deal, context.occurredAt);
  mustBeStageOf(funnelOf(deal.funnelVersion, context), reopened);
  return [{ type: 'deal-reopened', data: plain({ dealId, stage: reopened, reason }) }];
};
