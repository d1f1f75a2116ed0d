import type { PolicyHistory } from '#relationship/facts.js';
import type { Part } from '../projection.js';
import type { BookedDeal, DealBook } from './deal-book.js';

/** What is told of every deal of a customer by itself. */
export const ofEachDeal = <Made>(
  of: (deal: BookedDeal, policies: PolicyHistory) => readonly Made[],
): Part<DealBook, Made, DealBook['deals'][number][number]> => ({
  dependsOn: ({ curators, sources, segments, aheadUntil }) => [curators, sources, segments, aheadUntil],
  items: ({ deals }) => deals,
  of: ({ customerId, curators, sources, segments, aheadUntil }, policies, entry) =>
    of({ customerId, ...entry, curators, sources, segments, ...(aheadUntil && { aheadUntil }) }, policies),
});
