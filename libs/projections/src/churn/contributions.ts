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

/** Ordered so that the next event changes the end of a section or two: what a change costs is the distance between its ends. */
export const churnContributions = (churn: ChurnDocument, policies: PolicyHistory): readonly Contribution[] => {
  const found: Contribution[] = [];
  for (const chunk of churn.contacts)
    for (const { at, channel, event } of chunk) found.push({ series: channelSeries(channel), day: dayOf(at), amount: 1, events: [event] });
  const purchases = inTime(churn);
  silenceContributions(churn, purchases, policies, found);
  for (let i = 0; i < purchases.length; i++) {
    const each = purchases[i]!;
    during(found, purchasesSeries, each, each.purchase.event, each.endedBy);
    revenue(each.purchase, found);
    if (each.from !== purchases[i - 1]?.from) purchaseDay(purchases, i, found);
  }
  const kept = purchases.filter(({ to }) => to === Number.POSITIVE_INFINITY);
  cohortContributions(kept, found);
  lapseContributions(churn, kept, policies, found);
  for (const { from, to, first, last, gone } of untilGone(churn, union(purchases)))
    during(found, customersSeries, { from, to }, first.purchase.event, gone ?? last.endedBy);
  return found;
};

const customersSeries = { measure: 'customers' };
const purchasesSeries = { measure: 'purchases' };
const purchaseDaysSeries = { measure: 'purchase-days' };
const channelSeries = (channel: string) => ({ measure: 'contacts', channel });

function inTime({ purchases }: ChurnDocument): readonly Standing[] {
  return idValues(purchases)
    .map(standing)
    .sort((a, b) => a.from - b.from || (a.purchase.at < b.purchase.at ? -1 : a.purchase.at > b.purchase.at ? 1 : 0));
}

/** As long as one purchase of that day stands. */
function purchaseDay(purchases: readonly Standing[], start: number, found: Contribution[]): void {
  const first = purchases[start]!;
  let last = first;
  for (let i = start + 1; purchases[i]?.from === first.from; i++) if (purchases[i]!.to > last.to) last = purchases[i]!;
  during(found, purchaseDaysSeries, last, first.purchase.event, last.endedBy);
}

function revenue({ at, currency, minor, event, returns }: Purchase, found: Contribution[]): void {
  const series = { measure: 'revenue', currency };
  if (minor !== 0) found.push({ series, day: dayOf(at), amount: minor, events: [event] });
  for (const each of returns ?? [])
    if (each.minor !== 0) found.push({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] });
}
