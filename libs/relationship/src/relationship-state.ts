import { type Attitude, evolveAttitude, noAttitude } from './attitude/state.js';
import { type Contacts, evolveContacts, noContacts } from './contacts/state.js';
import { type Assignments, evolveAssignments } from './curation/state.js';
import { type CustomerDetails, detailsOf, evolveDetails } from './customer/state.js';
import { type Deals, evolveDeals, noDeals } from './deals/state.js';
import { type RelationshipFact, relationshipEventTypes } from './event-definitions.js';
import type { Dated, Fact } from './kernel/event.js';
import { type Agreements, evolveAgreements, noAgreements } from './partnership/state.js';
import { evolvePurchases, noPurchases, type Purchases } from './purchases/state.js';

/** What decisions about one customer need, and no more. */
export interface ActiveRelationship {
  readonly status: 'active';
  readonly details: CustomerDetails;
  readonly contacts: Contacts;
  readonly deals: Deals;
  readonly purchases: Purchases;
  readonly assignments: Assignments;
  readonly attitude: Attitude;
  readonly agreements: Agreements;
}

export type Relationship =
  | { readonly status: 'unknown' }
  | ActiveRelationship
  /** `before` goes on behind the alias, so that an unmerge finds everything as it was. */
  | { readonly status: 'merged'; readonly into: string; readonly before: ActiveRelationship }
  | { readonly status: 'erased' };

export const initialRelationship: Relationship = { status: 'unknown' };

/**
 * Folds one event of a `relationship-…` stream, in order of revision. Never throws and never changes the state that it was given.
 * Types that this version does not know leave the state as it is.
 */
export const evolveRelationship = (state: Relationship, fact: Dated<Fact>): Relationship =>
  known.has(fact.type) ? evolve(state, fact as Dated<RelationshipFact>) : state;

const known: ReadonlySet<string> = new Set(relationshipEventTypes);

const evolve = (state: Relationship, fact: Dated<RelationshipFact>): Relationship => {
  switch (state.status) {
    case 'unknown':
      return fact.type === 'customer-registered' ? { ...newcomer, details: detailsOf(fact.data) } : state;
    case 'active':
      if (fact.type === 'customer-merged') return { status: 'merged', into: fact.data.into, before: state };
      return fact.type === 'customer-erased' ? { status: 'erased' } : evolveActive(state, fact);
    case 'merged':
      if (fact.type === 'customer-unmerged') return state.before;
      return fact.type === 'customer-erased' ? { status: 'erased' } : { ...state, before: evolveActive(state.before, fact) };
    case 'erased':
      return state;
  }
};

const newcomer: Omit<ActiveRelationship, 'details'> = {
  status: 'active',
  contacts: noContacts,
  deals: noDeals,
  purchases: noPurchases,
  assignments: [],
  attitude: noAttitude,
  agreements: noAgreements,
};

const evolveActive = (state: ActiveRelationship, fact: Dated<RelationshipFact>): ActiveRelationship => {
  switch (fact.type) {
    case 'contact-recorded':
    case 'contact-planned':
    case 'contact-rescheduled':
    case 'contact-completed':
    case 'contact-missed':
    case 'contact-cancelled':
    case 'promise-made':
    case 'promise-kept':
    case 'promise-broken':
      return { ...state, contacts: evolveContacts(state.contacts, fact) };
    case 'deal-opened':
    case 'deal-stage-entered':
    case 'deal-value-changed':
    case 'proposal-made':
    case 'contract-signed':
    case 'deal-won':
    case 'deal-lost':
    case 'deal-reopened':
      return { ...state, deals: evolveDeals(state.deals, fact) };
    case 'purchase-recorded':
    case 'purchase-returned':
      return { ...state, purchases: evolvePurchases(state.purchases, fact) };
    case 'curator-assigned':
      return { ...state, assignments: evolveAssignments(state.assignments, fact) };
    case 'satisfaction-answered':
    case 'recommendation-made':
    case 'referral-converted':
    case 'review-published':
    case 'complaint-raised':
    case 'complaint-resolved':
      return { ...state, attitude: evolveAttitude(state.attitude, fact) };
    case 'partnership-agreed':
    case 'partnership-ended':
      return { ...state, agreements: evolveAgreements(state.agreements, fact) };
    default:
      return { ...state, details: evolveDetails(state.details, fact) };
  }
};
