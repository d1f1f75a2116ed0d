import type { Attitude } from './attitude/state.js';
import type { Contacts } from './contacts/state.js';
import type { Assignments } from './curation/state.js';
import type { Merge } from './customer/merges.js';
import type { CustomerDetails } from './customer/state.js';
import type { Deals } from './deals/state.js';
import type { Agreements } from './partnership/state.js';
import type { Privacy, Receipts } from './privacy/state.js';
import type { Purchases } from './purchases/state.js';

/** What decisions about one customer need, and no more. */
export interface ActiveRelationship {
  readonly status: 'active';
  /** In order of time. */
  readonly merges: readonly Merge[];
  readonly details: CustomerDetails;
  readonly contacts: Contacts;
  readonly deals: Deals;
  readonly purchases: Purchases;
  readonly assignments: Assignments;
  readonly attitude: Attitude;
  readonly agreements: Agreements;
  readonly privacy: Privacy;
}

export type Relationship =
  | { readonly status: 'unknown' }
  | ActiveRelationship
  /** `before` continues behind the alias, so that an unmerge finds everything as it was. */
  | { readonly status: 'merged'; readonly into: string; readonly before: ActiveRelationship }
  | { readonly status: 'erased'; readonly at: string; readonly completed: boolean; readonly receipts: Receipts };
