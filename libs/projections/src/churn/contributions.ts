import { dayOf } from '../days.js';
import { idValues } from '../persistent/id-map.js';
import type { Contribution, ContributionPart } from '../projection.js';
import { cohortContributions } from './cohorts.js';
import { contactDays } from './contact-days.js';
import type { ChurnContact, ChurnDocument, Purchase } from './document.js';
import { lapseContributions } from './lapse.js';
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
  { dependsOn: ({ purchases }) => [purchases], of: ({ purchases }) => purchaseDays(inTime(purchases)) },
  { dependsOn: ({ purchases }) => [purchases], of: ({ purchases }) => cohortContributions(kept(purchases)) },
  { dependsOn: standingOf, of: (churn, policies) => lapseContributions(churn, kept(churn.purchases), policies) },
  { dependsOn: standingOf, of: customers },
];

let latest: { readonly purchases: ChurnDocument['purchases']; readonly inTime: readonly Standing[] } | undefined;

/** One part after another asks it of the same purchases: the last answer is kept. */
function inTime(purchases: ChurnDocument['purchases']): readonly Standing[] {
  if (latest?.purchases !== purchases) latest = { purchases, inTime: idValues(purchases).sort(byTime).map(standing) };
  return latest.inTime;
}

function kept(purchases: ChurnDocument['purchases']): readonly Standing[] {
  return inTime(purchases).filter(({ to }) => to === Number.POSITIVE_INFINITY);
}

function byTime(a: Purchase, b: Purchase): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

function customers(churn: ChurnDocument): readonly Contribution[] {
  const found: Contribution[] = [];
  for (const { from, to, first, last, gone } of untilGone(churn, union(inTime(churn.purchases))))
    during(found, { measure: 'customers' }, { from, to }, first.purchase.event, gone ?? last.endedBy);
  return found;
}

/** A day counts as long as one purchase of it stands. */
function purchaseDays(purchases: readonly Standing[]): readonly Contribution[] {
  const found: Contribution[] = [];
  for (let i = 0; i < purchases.length; ) {
    const first = purchases[i]!;
    let last = first;
    for (i++; purchases[i]?.from === first.from; i++) if (purchases[i]!.to > last.to) last = purchases[i]!;
    during(found, { measure: 'purchase-days' }, last, first.purchase.event, last.endedBy);
  }
  return found;
}

function revenue({ at, currency, minor, event, returns }: Purchase, found: Contribution[]): void {
  const series = { measure: 'revenue', currency };
  if (minor !== 0) found.push({ series, day: dayOf(at), amount: minor, events: [event] });
  for (const each of returns ?? [])
    if (each.minor !== 0) found.push({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] });
}
