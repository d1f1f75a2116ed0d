import type { TotalEntry } from './read-model-store.js';

/**
 * Beside the sums by day and day of knowledge, an adapter keeps sums by month, of all knowledge: a long range costs a row for each of its
 * months then, and its days are read only where a month lies across its ends. What was known on a day is summed from the days.
 */
export interface MonthEntry {
  readonly series: string;
  readonly month: string;
  readonly amount: number;
}

/** In the order of the days: what is before a day is of its month or of one before it. */
export const monthOf = (day: string): string => day.slice(0, 7);

/** The same amounts by month; those that follow one another in one month as one, as long as a number holds their sum exactly. */
export function* byMonth(entries: Iterable<TotalEntry>): Iterable<MonthEntry> {
  let last: { series: string; month: string; amount: number } | undefined;
  for (const { series, day, amount } of entries) {
    if (last?.series === series && day.startsWith(last.month) && Number.isSafeInteger(last.amount + amount)) {
      last.amount += amount;
      continue;
    }
    if (last) yield last;
    last = { series, month: monthOf(day), amount };
  }
  if (last) yield last;
}
