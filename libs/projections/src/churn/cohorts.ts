import type { Calendar } from '../calendar.js';
import { dayName } from '../days.js';
import type { Contribution } from '../projection.js';
import type { ActivePurchase } from './active-purchase.js';
import { type Turn, turn, turnsOf } from './purchase-days.js';

/**
 * On every day a customer belongs to the month of the first active purchase then, and is active in every month with such a purchase.
 * So a return takes its month out, or moves the customer to a later cohort, from the day of the return on and not before.
 */
export const cohortContributions = (days: readonly ActivePurchase[], calendar: Calendar): readonly Contribution[] => {
  const monthIn = ({ purchase }: ActivePurchase): string => calendar.monthOf(purchase.at);
  const found: Contribution[] = [];
  const activeDays: ActivePurchase[] = [];
  let cohort = '';
  const belong = (amount: 1 | -1, { at }: Turn, event: string) =>
    found.push({ series: { measure: 'first-purchases', cohort }, day: dayName(at), amount, events: [event] });
  const count = (amount: 1 | -1, month: string, { at }: Turn, event: string) =>
    found.push({ series: { measure: 'active', cohort, month }, day: dayName(at), amount, events: [event] });

  // As long as nothing ends, only the first day of a month makes a difference.
  const counting = days.some(({ endedBy }) => endedBy !== undefined) ? days : firstOfMonths(days, monthIn);
  for (const each of turnsOf(counting)) {
    const { day, began, event } = each;
    const place = began ? activeDays.length : activeDays.lastIndexOf(day);
    const [before, after] = [activeDays[place - 1], activeDays[place + 1]];
    const month = monthIn(day);
    const alone = ![before, after].some((neighbour) => neighbour && monthIn(neighbour) === month);
    if (before || !alone) {
      if (alone) count(began ? 1 : -1, month, each, event);
      turn(activeDays, each);
      continue;
    }
    // The first one, and alone in its month: the cohort is another.
    if (!began) {
      belong(-1, each, event);
      for (const active of firstOfMonths(activeDays, monthIn)) count(-1, monthIn(active), each, event);
    }
    turn(activeDays, each);
    const [first] = activeDays;
    if (!first) continue;
    cohort = monthIn(first);
    belong(1, each, first.purchase.event);
    for (const active of firstOfMonths(activeDays, monthIn)) count(1, monthIn(active), each, active.purchase.event);
  }
  return found;
};

function firstOfMonths(activeDays: readonly ActivePurchase[], monthIn: (day: ActivePurchase) => string): readonly ActivePurchase[] {
  let last = '';
  return activeDays.filter((day) => {
    const month = monthIn(day);
    if (month === last) return false;
    last = month;
    return true;
  });
}
