import { byTime } from '#relationship/facts.js';
import { idValues } from '#relationship/kernel/id-map.js';
import { dayOf } from '../days.js';
import type { Contribution, ContributionPart } from '../projection.js';
import { cohortContributions } from './cohorts.js';
import { contactDays } from './contact-days.js';
import type { ChurnContact, ChurnDocument, Purchase } from './document.js';
import { lapseContributions } from './lapse.js';
import { purchaseDaysOf } from './purchase-days.js';
import { silenceContributions } from './quiet.js';
import { union } from './spans.js';
import { during, type Standing, standing, untilGone } from './standing.js';

const eachContact: ContributionPart<ChurnDocument, ChurnContact> = {
  dependsOn: () => [],
  items: ({ contacts }) => contacts,
  of: (_, __, { at, channel, event }) => [{ series: { measure: 'contacts', channel }, day: dayOf(at), amount: 1, events: [event] }],
};

const eachPurchase: ContributionPart<ChurnDocument, Purchase> = {
  dependsOn: () => [],
  items: ({ purchases }) => [idValues(purchases).sort(byTime)],
  of(_, __, purchase) {
    const found: Contribution[] = [];
    const each = standing(purchase);
    during(found, { measure: 'purchases' }, each, purchase.event, each.endedBy);
    revenue(purchase, found);
    return found;
  },
};

const standingOf = ({ purchases, merged, erased }: ChurnDocument) => [purchases, merged, erased];

export const churnContributions: readonly ContributionPart<ChurnDocument>[] = [
  eachContact,
  eachPurchase,
  {
    dependsOn: (churn) => [churn.registered, contactDays(churn), ...standingOf(churn)],
    of: (churn, policies) => silenceContributions(churn, inTime(churn.purchases), policies),
  },
  { dependsOn: ({ purchases }) => [purchases], of: ({ purchases }) => purchaseDays(daysOf(purchases)) },
  { dependsOn: ({ purchases }) => [purchases], of: ({ purchases }) => cohortContributions(daysOf(purchases)) },
  { dependsOn: standingOf, of: (churn, policies) => lapseContributions(churn, daysOf(churn.purchases), policies) },
  { dependsOn: standingOf, of: customers },
];

type Purchases = ChurnDocument['purchases'];
let latest: { readonly purchases: Purchases; readonly inTime: readonly Standing[]; readonly days: readonly Standing[] } | undefined;

/** One part after another asks it of the same purchases: the last answer is kept. */
function latestOf(purchases: Purchases): NonNullable<typeof latest> {
  if (latest?.purchases !== purchases) {
    const inTime = idValues(purchases).sort(byTime).map(standing);
    latest = { purchases, inTime, days: purchaseDaysOf(inTime) };
  }
  return latest;
}

function inTime(purchases: Purchases): readonly Standing[] {
  return latestOf(purchases).inTime;
}

function daysOf(purchases: Purchases): readonly Standing[] {
  return latestOf(purchases).days;
}

function customers(churn: ChurnDocument): readonly Contribution[] {
  const found: Contribution[] = [];
  for (const { from, to, first, last, gone } of untilGone(churn, union(inTime(churn.purchases))))
    during(found, { measure: 'customers' }, { from, to }, first.purchase.event, gone ?? last.endedBy);
  return found;
}

function purchaseDays(days: readonly Standing[]): readonly Contribution[] {
  const found: Contribution[] = [];
  for (const day of days) during(found, { measure: 'purchase-days' }, day, day.purchase.event, day.endedBy);
  return found;
}

function revenue({ at, currency, minor, event, returns }: Purchase, found: Contribution[]): void {
  const series = { measure: 'revenue', currency };
  if (minor !== 0) found.push({ series, day: dayOf(at), amount: minor, events: [event] });
  for (const each of returns ?? [])
    if (each.minor !== 0) found.push({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] });
}
