import { type History, noHistory } from '#relationship/facts.js';
import { emptyIdMap, type IdMap } from '#relationship/kernel/id-map.js';
import type { Reflected } from '../facts.js';
import { type Mergeable, neverMerged } from '../merging.js';
import type { Assignments } from '../shared/assignments.js';

export interface ChurnDocument extends Reflected, Mergeable {
  readonly customerId: string;
  readonly registered: Dated | null;
  readonly assignments: Assignments;
  readonly purchases: History<Purchase>;
  /** When each was made, by its id. */
  readonly purchasedAt: IdMap<string>;
  /** Contacts with the customer that took place. */
  readonly contacts: History<ChurnContact>;
  readonly erased: Dated | null;
}

/** A day with a contact, and the first contact of it. */
export interface ContactDay extends Dated {
  /** Days since 1970-01-01. */
  readonly day: number;
}

export interface Dated {
  readonly at: string;
  readonly event: string;
}

/** Minor units of one currency. */
export interface Purchase extends Dated {
  readonly id: string;
  readonly currency: string;
  readonly minor: number;
  readonly returns?: readonly Return[];
}

export interface Return extends Dated {
  readonly minor: number;
  /** Nothing of the purchase is left. */
  readonly whole: boolean;
}

export interface ChurnContact extends Dated {
  readonly channel: string;
}

export const emptyChurn = (customerId: string): ChurnDocument => ({
  customerId,
  revision: -1,
  registered: null,
  assignments: [],
  purchases: noHistory,
  purchasedAt: emptyIdMap,
  contacts: noHistory,
  ...neverMerged,
  erased: null,
});
