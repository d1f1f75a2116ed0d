import { dayOf } from '../days.js';
import type { Contribution, Derivation } from '../projection.js';
import { during } from '../shared/spans.js';
import { cohortContributions } from './cohorts.js';
import type { ChurnContact, ChurnDocument, Purchase } from './document.js';
import { lapseContributions } from './lapse.js';
import { existingIn, purchaseDaysIn } from './purchase-days.js';
import { silenceContributions } from './quiet.js';
import { type Standing, standing, untilGone } from './standing.js';

type Of<Item> = Derivation<ChurnDocument, Contribution, Item>;

const eachContact: Of<ChurnContact> = {
  items: ({ contacts }) => contacts,
  of: (_, __, { at, channel, event }) => [{ series: { measure: 'contacts', channel }, day: dayOf(at), amount: 1, events: [event] }],
};

const eachPurchase: Of<Purchase> = {
  items: ({ purchases }) => purchases,
  of(_, __, purchase) {
    const found: Contribution[] = [];
    const each = standing(purchase);
    during(found, { measure: 'purchases' }, each, purchase.event, each.endedBy);
    revenue(purchase, found);
    return found;
  },
};

const eachPurchaseDay: Of<Standing> = {
  items: ({ purchases }) => [purchaseDaysIn(purchases)],
  of(_, __, day) {
    const found: Contribution[] = [];
    during(found, { measure: 'purchase-days' }, day, day.purchase.event, day.endedBy);
    return found;
  },
};

export const churnContributions: readonly Derivation<ChurnDocument, Contribution>[] = [
  eachContact,
  eachPurchase,
  eachPurchaseDay,
  { of: silenceContributions },
  { of: ({ purchases }) => cohortContributions(purchaseDaysIn(purchases)) },
  { of: lapseContributions },
  { of: customers },
];

function customers(churn: ChurnDocument): readonly Contribution[] {
  const found: Contribution[] = [];
  for (const { from, to, first, last, gone } of untilGone(churn, existingIn(churn.purchases)))
    during(found, { measure: 'customers' }, { from, to }, first.purchase.event, gone ?? last.endedBy);
  return found;
}

function revenue({ at, currency, minor, event, returns }: Purchase, found: Contribution[]): void {
  const series = { measure: 'revenue', currency };
  if (minor !== 0) found.push({ series, day: dayOf(at), amount: minor, events: [event] });
  for (const each of returns ?? [])
    if (each.minor !== 0) found.push({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] });
}
