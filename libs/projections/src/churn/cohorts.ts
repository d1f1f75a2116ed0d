import { dayOf, monthOf } from '../days.js';
import type { Contribution } from '../projection.js';
import type { Standing } from './standing.js';

/**
 * A customer belongs to the month of the first purchase that was not taken back, and is active in every month with such a purchase.
 * So a purchase that is returned whole leaves the cohorts when the return is learned; `knownAt` before it still shows it.
 */
export const cohortContributions = (kept: readonly Standing[]): readonly Contribution[] => {
  const found: Contribution[] = [];
  const first = kept[0];
  if (!first) return found;
  const cohort = monthOf(first.purchase.at);
  found.push(entry({ measure: 'first-purchases', cohort }, first));
  let month = '';
  for (const each of kept) {
    if (each.purchase.at.startsWith(month) && month !== '') continue;
    month = monthOf(each.purchase.at);
    found.push(entry({ measure: 'active', cohort, month }, each));
  }
  return found;
};

function entry(series: Contribution['series'], { purchase: { at, event } }: Standing): Contribution {
  return { series, day: dayOf(at), amount: 1, events: [event] };
}
