import { evolveAssignments } from './curation/state.js';
import { mergeInForce } from './customer/merges.js';
import { detailsOf } from './customer/state.js';
import type { Acted } from './kernel/aggregate.js';
import type { TypedEvent } from './kernel/event.js';
import { inTime, knownFrom, noHistory } from './kernel/valid-time.js';
import type { PrivacyEvent } from './privacy/events.js';
import { evolveReceipts } from './privacy/state.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import type { Part } from './slice.js';
import { type RelationshipEvent, slices } from './slices.js';

export const initialRelationship: Relationship = { status: 'unknown' };

/**
 * Folds one event of a customer's stream, in order of revision. Never throws and never changes the state that it was given.
 * Types that this version does not know leave the state as it is.
 */
export const evolveRelationship = (state: Relationship, event: Acted<TypedEvent>): Relationship => {
  const part = partOf.get(event.type);
  return part === undefined ? state : evolve(state, event as Acted<RelationshipEvent>, part);
};

const evolve = (state: Relationship, event: Acted<RelationshipEvent>, part: Part): Relationship => {
  switch (state.status) {
    case 'unknown':
      if (event.type !== 'customer-registered') return state;
      return { ...newcomer, details: detailsOf(event.data, knownFrom(event)), assignments: evolveAssignments(noHistory, event) };
    case 'active':
      return evolveKnown(state, event, part);
    case 'merged':
      return evolveKnown(state.before, event, part);
    case 'erased':
      if (event.type === 'erasure-completed') return { ...state, completed: true };
      return part === 'privacy' ? { ...state, receipts: evolveReceipts(state.receipts, event as Acted<PrivacyEvent>) } : state;
  }
};

const evolveKnown = (state: ActiveRelationship, event: Acted<RelationshipEvent>, part: Part): Relationship => {
  switch (event.type) {
    case 'customer-merged':
      return ofItsOwn(withMerge(state, event.data.into, event.occurredAt));
    case 'customer-unmerged':
      return ofItsOwn(withMerge(state, null, event.occurredAt));
    case 'customer-erased':
      return { status: 'erased', at: event.occurredAt, completed: false, receipts: state.privacy.receipts };
    default:
      return ofItsOwn(evolveActive(state, event, part));
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

type Fold = (kept: ActiveRelationship[Part], event: Acted<RelationshipEvent>) => ActiveRelationship[Part];

/** The compiler cannot see that the event and the member belong together: the map says so. */
const evolveActive = (state: ActiveRelationship, event: Acted<RelationshipEvent>, part: Part): ActiveRelationship => {
  // Every event comes through here, and a spread with a computed member takes longer.
  const next: { -readonly [Member in keyof ActiveRelationship]: unknown } = { ...state };
  next[part] = (slices[part].evolve as Fold)(state[part], event);
  return next as ActiveRelationship;
};
