import type { PolicyHistory } from '#relationship/read-side.js';
import type { Derivation } from '../projection.js';
import type { DealRecord, DealsDocument } from './deals-document.js';

/** What is derived of every deal of a customer by itself. */
export const ofEachDeal = <Derived>(
  of: (deal: DealRecord, policies: PolicyHistory) => readonly Derived[],
): Derivation<DealsDocument, Derived, DealsDocument['deals'][number][number]> => ({
  items: ({ deals }) => deals,
  of: ({ customerId, curators, sources, segments, aheadUntil, correctedAt }, policies, entry) =>
    of(
      { customerId, ...entry, curators, sources, segments, ...(aheadUntil && { aheadUntil }), ...(correctedAt && { correctedAt }) },
      policies,
    ),
});
