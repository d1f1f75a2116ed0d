import { evolveAssignments } from './curation/state.js';
import { mergeInForce } from './customer/merges.js';
import { detailsOf } from './customer/state.js';
import type { Acted } from './kernel/aggregate.js';
import type { Fact } from './kernel/event.js';
import { inTime, knownFrom, noHistory } from './kernel/valid-time.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import type { Part } from './slice.js';
import { type RelationshipFact, slices } from './slices.js';

export const initialRelationship: Relationship = { status: 'unknown' };

/**
 * Folds one event of a customer's stream, in order of revision. Never throws and never changes the state that it was given.
 * Types that this version does not know leave the state as it is.
 */
export const evolveRelationship = (state: Relationship, fact: Acted<Fact>): Relationship => {
  const part = partOf.get(fact.type);
  return part === undefined ? state : evolve(state, fact as Acted<RelationshipFact>, part);
};

const evolve = (state: Relationship, fact: Acted<RelationshipFact>, part: Part): Relationship => {
  switch (state.status) {
    case 'unknown':
      if (fact.type !== 'customer-registered') return state;
      return { ...newcomer, details: detailsOf(fact.data, knownFrom(fact)), assignments: evolveAssignments(noHistory, fact) };
    case 'active':
      return evolveKnown(state, fact, part);
    case 'merged':
      return evolveKnown(state.before, fact, part);
    case 'erased':
      return state;
  }
};

const evolveKnown = (state: ActiveRelationship, fact: Acted<RelationshipFact>, part: Part): Relationship => {
  switch (fact.type) {
    case 'customer-merged':
      return ofItsOwn(withMerge(state, fact.data.into, fact.occurredAt));
    case 'customer-unmerged':
      return ofItsOwn(withMerge(state, null, fact.occurredAt));
    case 'customer-erased':
      return { status: 'erased' };
    default:
      return ofItsOwn(evolveActive(state, fact, part));
  }
};

const withMerge = (state: ActiveRelationship, into: string | null, at: string): ActiveRelationship => ({
  ...state,
  merges: inTime(state.merges, { at, into }),
});

/** Unless it was merged away. */
const ofItsOwn = (before: ActiveRelationship): Relationship => {
  const merge = before.merges.length === 0 ? undefined : mergeInForce(before.merges);
  return merge ? { status: 'merged', into: merge.into, before } : before;
};

const parts = Object.keys(slices) as Part[];
const partOf: ReadonlyMap<string, Part> = new Map(parts.flatMap((part) => slices[part].events.map(({ type }) => [type, part])));

const newcomer = {
  status: 'active',
  merges: [] as ActiveRelationship['merges'],
  ...Object.fromEntries(parts.map((part) => [part, slices[part].initial])),
} as ActiveRelationship;

type Fold = (kept: ActiveRelationship[Part], fact: Acted<RelationshipFact>) => ActiveRelationship[Part];

/** The compiler cannot see that the event and the member belong together: the map says so. */
const evolveActive = (state: ActiveRelationship, fact: Acted<RelationshipFact>, part: Part): ActiveRelationship => {
  // Every event comes through here, and a spread with a computed member takes longer.
  const next: { -readonly [Member in keyof ActiveRelationship]: unknown } = { ...state };
  next[part] = (slices[part].evolve as Fold)(state[part], fact);
  return next as ActiveRelationship;
};
