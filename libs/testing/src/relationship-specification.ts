import {
  type Acted,
  type Dated,
  type DecisionContext,
  decideRelationship,
  defaultPolicies,
  evolveRelationship,
  initialRelationship,
  instanceOf,
  type RelationshipCommand,
  type RelationshipEvent,
} from '#relationship';
import { specification } from './given-when-then.js';

export const now = '2026-11-22T12:00:00.000Z';

/** Curators are active but for `nobody`, `gone` since the summer, and `leaving` from now on. */
export const usualContext: DecisionContext = {
  now,
  occurredAt: now,
  actor: { kind: 'curator', id: 'curator-1' },
  policies: defaultPolicies,
  newEventId: 'new-event',
  readBody: instanceOf,
  curator(id, instant) {
    if (id === 'nobody') return 'unknown';
    if (id === 'leaving' && instant >= now) return 'departing';
    return id === 'gone' && instant >= '2026-07-01T00:00:00.000Z' ? 'departed' : 'active';
  },
};

/** An event of the day before, or of another instant. */
export const happened = (event: RelationshipEvent, occurredAt = '2026-11-21T12:00:00.000Z'): Dated<RelationshipEvent> => ({
  ...event,
  occurredAt,
});

export const registered = happened(
  { type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Ann' } },
  '2026-01-01T00:00:00.000Z',
);

export const { given } = specification<
  typeof initialRelationship,
  RelationshipCommand,
  RelationshipEvent,
  Acted<RelationshipEvent>,
  DecisionContext
>({ initialState: initialRelationship, evolve: evolveRelationship, decide: decideRelationship }, usualContext);

/** A customer who is registered, and to whom these things happened. */
export const customer = (...events: readonly RelationshipEvent[]) => given(registered, ...events.map((event) => happened(event)));

export const eur = (minor: number) => ({ minor, currency: 'EUR' });
export const usd = (minor: number) => ({ minor, currency: 'USD' });
