import { type GivenWork, givenTo, openedFor } from '../curation/given-work.js';
import type { Dated } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import type { Money } from '../kernel/money.js';
import { extended, type History, heldIn, noHistory, type Since } from '../kernel/valid-time.js';
import type { DealEvent } from './events.js';

export type DealStatus = 'open' | 'won' | 'lost';

export interface DealState {
  /** Open from the opening and each reopening on, else how it ended; the last stands. */
  readonly statuses: Said<DealStatus>;
  readonly stages: Said<string>;
  readonly funnelVersion: number;
  /** What was expected of it. */
  readonly values: Said<Money>;
  /** Of the first amount that was ever said about the deal. */
  readonly currency?: string;
  readonly given: GivenWork;
}

type Word<Value> = Since & { readonly value: Value };
type Said<Value> = History<Word<Value>>;

export interface Deals {
  readonly deals: IdMap<DealState>;
  readonly contracts: IdMap<true>;
}

export const noDeals: Deals = { deals: emptyIdMap, contracts: emptyIdMap };

/** What the deal is opened with was said before all else: events of an earlier date are about a deal that was there. */
const OPENING = '';

/** With the instant since when; the story of the views comes to the same end. */
export const lastStatusOf = ({ statuses }: DealState): Word<DealStatus> => statuses.at(-1)!.at(-1)!;
export const stageAt = ({ stages }: DealState, instant: string): string => heldIn(stages, instant)?.value as string;
export const valueAt = ({ values }: DealState, instant: string): Money | undefined => heldIn(values, instant)?.value;

export const evolveDeals = (state: Deals, event: Dated<DealEvent>): Deals => {
  if (event.type === 'deal-opened') {
    const { dealId, stage, funnelVersion, expectedValue, curatorId } = event.data;
    const stages = extended(noHistory, { at: OPENING, value: stage });
    const values = expectedValue ? extended(noHistory, { at: OPENING, value: expectedValue }) : noHistory;
    const statuses = extended(noHistory, { at: OPENING, value: 'open' as const });
    const given = openedFor(curatorId, event.occurredAt);
    return withDeal(state, dealId, { statuses, stages, funnelVersion, values, currency: expectedValue?.currency, given });
  }
  const deal = getId(state.deals, event.data.dealId);
  if (deal === undefined) return state;
  const evolved = withDeal(state, event.data.dealId, evolveDeal(deal, event));
  return event.type === 'contract-signed' ? { ...evolved, contracts: setId(state.contracts, event.data.contractId, true) } : evolved;
};

const evolveDeal = (deal: DealState, event: Exclude<Dated<DealEvent>, { type: 'deal-opened' }>): DealState => {
  switch (event.type) {
    case 'deal-stage-entered':
      return { ...deal, stages: extended(deal.stages, { at: event.occurredAt, value: event.data.stage }) };
    case 'deal-value-changed': {
      const { to } = event.data;
      return { ...deal, values: extended(deal.values, { at: event.occurredAt, value: to }), currency: deal.currency ?? to.currency };
    }
    case 'proposal-made':
    case 'contract-signed':
      return { ...deal, currency: deal.currency ?? event.data.amount?.currency };
    case 'deal-reassigned':
      return { ...deal, given: givenTo(deal.given, event.data.curatorId, event.occurredAt) };
    case 'deal-won':
      return { ...withStatus(deal, 'won', event), currency: deal.currency ?? event.data.amount.currency };
    case 'deal-lost':
      return withStatus(deal, 'lost', event);
    case 'deal-reopened':
      return { ...withStatus(deal, 'open', event), stages: extended(deal.stages, { at: event.occurredAt, value: event.data.stage }) };
  }
};

const withStatus = (deal: DealState, value: DealStatus, { occurredAt: at }: Dated<DealEvent>): DealState => ({
  ...deal,
  statuses: extended(deal.statuses, { at, value }),
});

const withDeal = (state: Deals, dealId: string, deal: DealState): Deals => ({ ...state, deals: setId(state.deals, dealId, deal) });
