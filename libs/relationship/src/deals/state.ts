import type { Dated } from '../kernel/event.js';
import type { Money } from '../kernel/money.js';
import { emptyMap, get, type PersistentMap, put } from '../kernel/persistent-map.js';
import type { DealFact } from './events.js';

export interface DealState {
  readonly status: 'open' | 'won' | 'lost';
  /** Of a closed deal: the one that it was closed in. */
  readonly stage: string;
  readonly funnelVersion: number;
  /** The expected value. */
  readonly value?: Money;
  /** Of the first amount that was ever said about the deal. */
  readonly currency?: string;
}

export interface Deals {
  readonly deals: PersistentMap<DealState>;
  readonly contracts: PersistentMap<true>;
}

export const noDeals: Deals = { deals: emptyMap(), contracts: emptyMap() };

export const evolveDeals = (state: Deals, fact: Dated<DealFact>): Deals => {
  if (fact.type === 'deal-opened') {
    const { dealId, stage, funnelVersion, expectedValue } = fact.data;
    return withDeal(state, dealId, { status: 'open', stage, funnelVersion, value: expectedValue, currency: expectedValue?.currency });
  }
  const deal = get(state.deals, fact.data.dealId);
  if (deal === undefined) return state;
  const evolved = withDeal(state, fact.data.dealId, evolveDeal(deal, fact));
  return fact.type === 'contract-signed' ? { ...evolved, contracts: put(state.contracts, fact.data.contractId, true) } : evolved;
};

const evolveDeal = (deal: DealState, fact: Exclude<DealFact, { type: 'deal-opened' }>): DealState => {
  switch (fact.type) {
    case 'deal-stage-entered':
      return { ...deal, stage: fact.data.stage };
    case 'deal-value-changed':
      return { ...deal, value: fact.data.to, currency: deal.currency ?? fact.data.to.currency };
    case 'proposal-made':
    case 'contract-signed':
      return { ...deal, currency: deal.currency ?? fact.data.amount?.currency };
    case 'deal-won':
      return { ...deal, status: 'won', currency: deal.currency ?? fact.data.amount.currency };
    case 'deal-lost':
      return { ...deal, status: 'lost' };
    case 'deal-reopened':
      return { ...deal, status: 'open', stage: fact.data.stage };
  }
};

const withDeal = (state: Deals, dealId: string, deal: DealState): Deals => ({ ...state, deals: put(state.deals, dealId, deal) });
