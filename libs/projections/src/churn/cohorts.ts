import { dayName, monthOf } from '../days.js';
import type { Contribution } from '../projection.js';
import type { Standing } from './standing.js';

/**
 * A customer belongs to the month of the first purchase that was not taken back, and is active in every month with such a purchase.
 * So a purchase that is returned whole leaves the cohorts when the return is learned; `knownAt` before it still shows it.
 */
export const cohortContributions = (kept: readonly Standing[]): readonly Contribution[] => {
  const first = kept[0];
  if (!first) return [];
  const cohort = monthOf(dayName(first.from));
  const found: Contribution[] = [entry({ measure: 'first-purchases', cohort }, first)];
  let seen = '';
  let seenUntil = Number.NEGATIVE_INFINITY;
  for (const each of kept) {
    if (each.from === seenUntil) continue;
    seenUntil = each.from;
    const month = monthOf(dayName(each.from));
    if (month === seen) continue;
    seen = month;
    found.push(entry({ measure: 'active', cohort, month }, each));
  }
  return found;
};

function entry(series: Contribution['series'], { from, purchase }: Standing): Contribution {
  return { series, day: dayName(from), amount: 1, events: [purchase.event] };
}
