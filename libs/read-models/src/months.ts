import type { TotalEntry } from './read-model-store.js';

/**
 * Beside the sums by day, an adapter keeps sums by month of validity and month of knowledge: a range costs a row for each of its months
 * then, and its days are read only where a month lies across its ends.
 */
export const monthsOf = (collection: string): string => `${collection}.months`;

/** In the order of the days: what is before a day is of its month or of one before it. */
export const monthOf = (day: string): string => day.slice(0, 7);

/** The same amounts by month, those that follow one another in one month as one, as long as a number holds their sum exactly. */
export function* byMonth(entries: Iterable<TotalEntry>): Iterable<TotalEntry> {
  let last: { series: string; day: string; known: string; amount: number } | undefined;
  for (const { series, day, known, amount } of entries) {
    if (last?.series === series && day.startsWith(last.day) && known.startsWith(last.known) && Number.isSafeInteger(last.amount + amount)) {
      last.amount += amount;
      continue;
    }
    if (last) yield last;
    last = { series, day: monthOf(day), known: monthOf(known), amount };
  }
  if (last) yield last;
}
