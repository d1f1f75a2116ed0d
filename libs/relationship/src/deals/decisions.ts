import { reassigned } from '../curation/reassignment.js';
import type { DecisionContext } from '../kernel/decider.js';
import { mustBeNew, mustExist, mustRunForwards, mustWorkHere } from '../kernel/decision.js';
import { amountOf, inCurrency, type Money, optionalAmountOf } from '../kernel/money.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { instantOf } from '../kernel/time.js';
import { policyAt } from '../policies/policy.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { ChangeDealValue, EnterStage, MakeProposal, OpenDeal, ReassignDeal, SignContract } from './commands.js';
import type { DealEvent } from './events.js';
import { funnelOf, mustBeAllowedMove, mustBeStageOf } from './funnel.js';
import { type DealState, lastStatusOf, stageAt, valueAt } from './state.js';

type Decided = readonly DealEvent[];

export const openDeal = ({ deals }: ActiveRelationship, body: OpenDeal, context: DecisionContext): Decided => {
  const { dealId, title, acquisition, products, curatorId, labels } = body;
  mustBeNew(deals.deals, dealId, 'deal-id-taken', 'Deal');
  mustWorkHere(curatorId, context);
  const funnel = policyAt(context.policies, 'funnel', context.occurredAt);
  const stage = body.stage ?? (funnel.document.stages[0] as string);
  mustBeStageOf(funnel, stage);
  const expectedValue = optionalAmountOf(body.expectedValue, 'The expected value');
  const data = plain({ dealId, title, funnelVersion: funnel.version, stage, acquisition, expectedValue, products, curatorId, labels });
  return [{ type: 'deal-opened', data }];
};

/** Judged as of `occurredAt`, as is a change of value: a stage entered late is entered from the one that the deal was in then. */
export const enterStage = (state: ActiveRelationship, { dealId, stage }: EnterStage, context: DecisionContext): Decided => {
  const deal = openDealOf(state, dealId);
  const from = stageAt(deal, context.occurredAt);
  if (from === stage) return [];
  mustBeAllowedMove(funnelOf(deal.funnelVersion, context), from, stage);
  return [{ type: 'deal-stage-entered', data: { dealId, from, stage } }];
};

export const changeDealValue = (state: ActiveRelationship, body: ChangeDealValue, context: DecisionContext): Decided => {
  const { dealId, reason } = body;
  const deal = openDealOf(state, dealId);
  const to = ofDeal(deal, amountOf(body.to, 'The expected value'), 'The expected value');
  const from = valueAt(deal, context.occurredAt);
  if (from?.minor === to.minor) return [];
  return [{ type: 'deal-value-changed', data: plain({ dealId, from, to, reason }) }];
};

export const makeProposal = (state: ActiveRelationship, body: MakeProposal): Decided => {
  const { dealId, note } = body;
  const deal = openDealOf(state, dealId);
  const amount = ofDeal(deal, optionalAmountOf(body.amount, 'The proposal'), 'The proposal');
  return [{ type: 'proposal-made', data: plain({ dealId, amount, note }) }];
};

/** Often the signature comes after the deal was called won, and several contracts may follow from one deal; never from a lost one. */
export const signContract = (state: ActiveRelationship, body: SignContract, context: DecisionContext): Decided => {
  const { dealId, contractId } = body;
  const deal = dealOf(state, dealId);
  const status = lastStatusOf(deal).value;
  if (status === 'lost') reject('deal-closed', `Deal ${dealId} was lost; reopen it first.`, { dealId, status });
  mustBeNew(state.deals.contracts, contractId, 'contract-id-taken', 'Contract');
  const activeFrom = body.activeFrom ? instantOf(body.activeFrom, 'activeFrom') : context.occurredAt;
  const activeUntil = body.activeUntil ? instantOf(body.activeUntil, 'activeUntil') : undefined;
  mustRunForwards(activeFrom, activeUntil);
  const amount = ofDeal(deal, optionalAmountOf(body.amount, 'The contract'), 'The contract');
  return [{ type: 'contract-signed', data: plain({ dealId, contractId, activeFrom, activeUntil, amount }) }];
};

export const reassignDeal = (state: ActiveRelationship, body: ReassignDeal, context: DecisionContext): Decided => {
  const { given } = openDealOf(state, body.dealId);
  const change = reassigned(given, state.assignments, body, context);
  return change ? [{ type: 'deal-reassigned', data: plain({ dealId: body.dealId, ...change }) }] : [];
};

export const dealOf = ({ deals }: ActiveRelationship, dealId: string): DealState => mustExist(deals.deals, dealId, 'deal-unknown', 'deal');

export const openDealOf = (state: ActiveRelationship, dealId: string): DealState => {
  const deal = dealOf(state, dealId);
  const status = lastStatusOf(deal).value;
  return status === 'open' ? deal : reject('deal-closed', `Deal ${dealId} is ${status}; reopen it first.`, { dealId, status });
};

/** A deal keeps the currency of its first amount. */
export const ofDeal = <Amount extends Money | undefined>({ currency }: DealState, amount: Amount, what: string): Amount => {
  inCurrency(currency, amount, what);
  return amount;
};
