import type { PolicyHistory } from '#relationship/facts.js';
import type { Derivation } from '../projection.js';
import type { BookedDeal, DealBook } from './deal-book.js';

/** What is derived of every deal of a customer by itself. */
export const ofEachDeal = <Derived>(
  of: (deal: BookedDeal, policies: PolicyHistory) => readonly Derived[],
): Derivation<DealBook, Derived, DealBook['deals'][number][number]> => ({
  items: ({ deals }) => deals,
  of: ({ customerId, curators, sources, segments, aheadUntil }, policies, entry) =>
    of({ customerId, ...entry, curators, sources, segments, ...(aheadUntil && { aheadUntil }) }, policies),
});
