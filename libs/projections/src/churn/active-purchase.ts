import type { Calendar } from '../calendar.js';
import { departureOf } from '../shared/departure.js';
import type { Span } from '../shared/spans.js';
import type { ChurnDocument, Purchase } from './document.js';

/** A purchase with the days on which it is active. */
export interface ActivePurchase extends Span {
  readonly purchase: Purchase;
  readonly endedBy?: string;
}

/**
 * A purchase is active from its day until the day of the return after which nothing of it is left: the return says so itself. The event that
 * ended it is `endedBy`. A return dated before its purchase ends it on the day of the purchase.
 */
export const activePurchase = (purchase: Purchase, { dayNumber }: Calendar): ActivePurchase => {
  const from = dayNumber(purchase.at);
  const end = purchase.returns?.find(({ whole }) => whole);
  return end
    ? { purchase, from, to: Math.max(from, dayNumber(end.at)), endedBy: end.event }
    : { purchase, from, to: Number.POSITIVE_INFINITY };
};

/** Cuts spans where the record ceases to be a customer of its own. */
export function untilDeparture<Known extends Span>(
  churn: ChurnDocument,
  spans: readonly Known[],
  { dayNumber }: Calendar,
): readonly (Known & { readonly departedBy?: string })[] {
  const departure = departureOf(churn);
  if (!departure) return spans;
  const day = dayNumber(departure.at);
  return spans.filter(({ from }) => from < day).map((span) => (span.to > day ? { ...span, to: day, departedBy: departure.event } : span));
}
