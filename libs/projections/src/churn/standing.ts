import { dayName, dayNumber } from '../days.js';
import type { Contribution } from '../projection.js';
import { type ChurnDocument, goneBy, type Purchase } from './document.js';
import type { Span } from './spans.js';

/** A purchase with the days on which it stands. */
export interface Standing extends Span {
  readonly purchase: Purchase;
  readonly endedBy?: string;
}

/**
 * A purchase stands from its day until the day of the return after which nothing of it is left: the return says so itself. The event that
 * ended it is `endedBy`. A return dated before its purchase ends it on the day of the purchase.
 */
export const standing = (purchase: Purchase): Standing => {
  const from = dayNumber(purchase.at);
  const end = purchase.returns?.find(({ whole }) => whole);
  return end
    ? { purchase, from, to: Math.max(from, dayNumber(end.at)), endedBy: end.event }
    : { purchase, from, to: Number.POSITIVE_INFINITY };
};

/** Adds dated differences: one from the first day, none from the last. */
export function during(
  found: Contribution[],
  series: Contribution['series'],
  { from, to }: Span,
  beganBy: string,
  endedBy: string | undefined,
): void {
  found.push({ series, day: dayName(from), amount: 1, events: [beganBy] });
  if (to !== Number.POSITIVE_INFINITY) found.push({ series, day: dayName(to), amount: -1, events: [endedBy ?? beganBy] });
}

/** Cuts spans where the record ceases to be a customer of its own. */
export function untilGone<Known extends Span>(
  churn: ChurnDocument,
  spans: readonly Known[],
): readonly (Known & { readonly gone?: string })[] {
  const gone = goneBy(churn);
  if (!gone) return spans;
  const day = dayNumber(gone.at);
  return spans.filter(({ from }) => from < day).map((span) => (span.to > day ? { ...span, to: day, gone: gone.event } : span));
}
