import { dayName, monthOf } from '../days.js';
import type { Contribution } from '../projection.js';
import { type Turn, turn, turnsOf } from './purchase-days.js';
import type { Standing } from './standing.js';

/**
 * On every day a customer belongs to the month of the first purchase that stands then, and is active in every month with such a purchase.
 * So a return takes its month out, or moves the customer to a later cohort, from the day of the return on and not before.
 */
export const cohortContributions = (days: readonly Standing[]): readonly Contribution[] => {
  const found: Contribution[] = [];
  const standing: Standing[] = [];
  let cohort = '';
  const count = (amount: 1 | -1, month: string, { at }: Turn, event: string) =>
    found.push({ series: { measure: 'active', cohort, month }, day: dayName(at), amount, events: [event] });
  const belong = (amount: 1 | -1, { at }: Turn, event: string) =>
    found.push({ series: { measure: 'first-purchases', cohort }, day: dayName(at), amount, events: [event] });

  for (const each of turnsOf(days)) {
    const before = each.began ? standing.at(-1) : undefined;
    const monthsBefore = each.began ? [] : firstOfMonths(standing);
    turn(standing, each);
    const month = monthIn(each.day);
    if (each.began) {
      if (!before) {
        cohort = month;
        belong(1, each, each.event);
      }
      if (!before || monthIn(before) !== month) count(1, month, each, each.event);
      continue;
    }
    const first = standing[0];
    if (first && monthIn(first) === cohort) {
      if (!standing.some((day) => monthIn(day) === month)) count(-1, month, each, each.event);
      continue;
    }
    belong(-1, each, each.event);
    for (const day of monthsBefore) count(-1, monthIn(day), each, each.event);
    if (!first) continue;
    cohort = monthIn(first);
    belong(1, each, first.purchase.event);
    for (const day of firstOfMonths(standing)) count(1, monthIn(day), each, day.purchase.event);
  }
  return found;
};

function firstOfMonths(standing: readonly Standing[]): readonly Standing[] {
  return standing.filter((day, i) => i === 0 || monthIn(standing[i - 1]!) !== monthIn(day));
}

function monthIn({ purchase }: Standing): string {
  return monthOf(purchase.at);
}
