import type { PolicyHistory } from '#relationship';
import { dayOf } from '../days.js';
import { idValues } from '../persistent/id-map.js';
import type { Contribution } from '../projection.js';
import { cohortContributions } from './cohorts.js';
import type { ChurnDocument, Purchase } from './document.js';
import { lapseContributions } from './lapse.js';
import { silenceContributions } from './quiet.js';
import { union } from './spans.js';
import { during, type Standing, standing, untilGone } from './standing.js';

export const churnContributions = (churn: ChurnDocument, policies: PolicyHistory): readonly Contribution[] => {
  const purchases: readonly Standing[] = idValues(churn.purchases)
    .map((purchase) => ({ purchase, ...standing(purchase) }))
    .sort((a, b) => a.from - b.from || (a.purchase.at < b.purchase.at ? -1 : 1));
  const kept = purchases.filter(({ to }) => to === Number.POSITIVE_INFINITY);
  return [
    ...customers(churn, purchases),
    ...purchases.flatMap((each) => during({ measure: 'purchases' }, each, each.purchase.event, each.endedBy)),
    ...purchaseDays(purchases),
    ...purchases.flatMap(({ purchase }) => revenue(purchase)),
    ...churn.contacts
      .flat()
      .map(({ at, channel, event }) => ({ series: { measure: 'contacts', channel }, day: dayOf(at), amount: 1, events: [event] })),
    ...cohortContributions(kept),
    ...lapseContributions(churn, kept, policies),
    ...silenceContributions(churn, purchases, policies),
  ];
};

/** A customer while at least one purchase stands, until the record is merged away or erased. */
function customers(churn: ChurnDocument, purchases: readonly Standing[]): readonly Contribution[] {
  const series = { measure: 'customers' };
  return untilGone(churn, union(purchases)).flatMap(({ from, to, first, last, gone }) =>
    during(series, { from, to }, first.purchase.event, gone ?? last.endedBy),
  );
}

function purchaseDays(purchases: readonly Standing[]): readonly Contribution[] {
  const byDay = new Map<number, Standing[]>();
  for (const each of purchases) {
    const same = byDay.get(each.from);
    if (same) same.push(each);
    else byDay.set(each.from, [each]);
  }
  return [...byDay.values()].flatMap((same) => {
    const last = same.reduce((a, b) => (b.to > a.to ? b : a));
    return during({ measure: 'purchase-days' }, last, same[0]!.purchase.event, last.endedBy);
  });
}

function revenue({ at, currency, minor, event, returns = [] }: Purchase): readonly Contribution[] {
  const series = { measure: 'revenue', currency };
  const bought = { series, day: dayOf(at), amount: minor, events: [event] };
  const given = returns.map((each) => ({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] }));
  return [bought, ...given].filter(({ amount }) => amount !== 0);
}
