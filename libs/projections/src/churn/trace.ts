import { dayNumber } from '../days.js';
import { goneBy } from '../merging.js';
import { type BlockList, byBlock } from '../persistent/block-list.js';
import type { Assignments } from '../shared/assignments.js';
import { daysOfBlock } from './contact-days.js';
import type { ChurnContact, ChurnDocument, Purchase } from './document.js';
import { standing } from './standing.js';

/**
 * All that the figures of one customer stand on, without the events' ids: small enough to read 100,000 of them for one answer.
 * Days are counted from 1970-01-01; this view knows nothing finer than the UTC day.
 */
export interface Trace {
  readonly customerId: string;
  readonly registered: number | null;
  /** Merged into another or erased. */
  readonly gone: number | null;
  readonly assignments: Assignments;
  /** In order of time. */
  readonly purchases: BlockList<TracedPurchase>;
  /** Days with a contact, in order, of each block once. */
  readonly contacts: BlockList<number>;
}

export type TracedPurchase = readonly [
  from: number,
  /** The day from which it no longer stands, null while it does. */
  to: number | null,
  currency: string,
  minor: number,
  returns?: readonly (readonly [day: number, minor: number])[],
];

export const traceOf = (churn: ChurnDocument): Trace => {
  const gone = goneBy(churn);
  return {
    customerId: churn.customerId,
    registered: churn.registered && dayNumber(churn.registered.at),
    gone: gone && dayNumber(gone.at),
    assignments: churn.assignments,
    purchases: tracedIn(churn.purchases, undefined),
    contacts: daysIn(churn.contacts, undefined),
  };
};

const tracedIn = byBlock((purchases: readonly Purchase[]) => purchases.map(traced));
const daysIn = byBlock((contacts: readonly ChurnContact[]) => daysOfBlock(contacts).map(({ day }) => day));

function traced(purchase: Purchase): TracedPurchase {
  const { from, to } = standing(purchase);
  const until = Number.isFinite(to) ? to : null;
  const { currency, minor, returns } = purchase;
  return returns
    ? [from, until, currency, minor, returns.map((each) => [Math.max(from, dayNumber(each.at)), each.minor] as const)]
    : [from, until, currency, minor];
}
