import { emptyIdMap, type IdMap } from '#relationship/kernel/id-map.js';
import { type History, noHistory } from '#relationship/read-side.js';
import type { Reflected } from '../event-handlers.js';
import type { Assignments } from '../shared/assignments.js';
import { type Departing, stillHere } from '../shared/departure.js';
import { noRole, type Roled } from '../shared/roles.js';

export interface ChurnDocument extends Reflected, Departing, Roled {
  readonly customerId: string;
  readonly registered: Dated | null;
  readonly assignments: Assignments;
  readonly purchases: History<Purchase>;
  /** When each was made, by its id. */
  readonly purchasedAt: IdMap<string>;
  /** Contacts with the customer that took place. */
  readonly contacts: History<ChurnContact>;
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
  ...stillHere,
  ...noRole,
});
