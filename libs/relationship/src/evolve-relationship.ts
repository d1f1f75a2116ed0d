import { detailsOf } from './customer/state.js';
import type { Dated, Fact } from './kernel/event.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import type { Part } from './slice.js';
import { type RelationshipFact, slices } from './slices.js';

export const initialRelationship: Relationship = { status: 'unknown' };

/**
 * Folds one event of a customer's stream, in order of revision. Never throws and never changes the state that it was given.
 * Types that this version does not know leave the state as it is.
 */
export const evolveRelationship = (state: Relationship, fact: Dated<Fact>): Relationship =>
  partOf.has(fact.type) ? evolve(state, fact as Dated<RelationshipFact>) : state;

const evolve = (state: Relationship, fact: Dated<RelationshipFact>): Relationship => {
  switch (state.status) {
    case 'unknown':
      return fact.type === 'customer-registered' ? { ...newcomer, details: detailsOf(fact.data, fact.occurredAt) } : state;
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

const parts = Object.keys(slices) as Part[];
const partOf: ReadonlyMap<string, Part> = new Map(parts.flatMap((part) => slices[part].events.map(({ type }) => [type, part])));

const newcomer = {
  status: 'active',
  ...Object.fromEntries(parts.map((part) => [part, slices[part].initial])),
} as ActiveRelationship;

/** The compiler cannot see that the type of the event and the member belong together: the map says so. */
const evolveActive = (state: ActiveRelationship, fact: Dated<RelationshipFact>): ActiveRelationship => {
  const part = partOf.get(fact.type) as Part;
  const fold = slices[part].evolve as (kept: ActiveRelationship[Part], fact: Dated<RelationshipFact>) => ActiveRelationship[Part];
  return { ...state, [part]: fold(state[part], fact) };
};
