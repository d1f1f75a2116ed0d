import type { Contributor, Teller } from '../contributor.js';
import { exact } from '../exact.js';
import type { Series } from '../projection.js';
import { hasAll, seriesKey } from '../series.js';
import { portionOf } from '../shared/contributing.js';
import { type BookedDeal, standingsOf } from '../shared/deal-book.js';
import { storyOf } from '../shared/deal-story.js';
import { durationSeries, durationsIn } from './durations.js';
import { allDeals, type Tell, tellDeal, toldSeries } from './told-from-rows.js';

type Behind = Contributor & { readonly series: string };
type Addend = { readonly series: Series; readonly amount: number; readonly events: readonly string[] };

/** One page ends with the customer to whom so many lead: who asks for few among many goes on with the next one. */
const MOST_DEALS = 5_000;

/** By reading every deal, as the numbers were told: of a group of the funnel, and of durations. */
export const toldOfDeals: Teller = async (context, { series, customerId, limit, cursor, asOf, knownAt }) => {
  const contributors: Behind[] = [];
  let addends: Addend[] = [];
  let customer = cursor;
  let looked = 0;
  let deals = 0;
  const times = { asOf, ...(knownAt !== undefined && { knownAt }) };
  for await (const deal of allDeals(context, times, { customerId, after: cursor })) {
    if (deal.customerId !== customer) {
      if (customer !== undefined) contributors.push(...behindOf(customer, addends));
      if (customer !== undefined && (contributors.length >= limit || deals >= MOST_DEALS)) return { contributors, looked, next: customer };
      [customer, addends] = [deal.customerId, []];
      looked++;
    }
    deals++;
    const tell = tellerOf(deal, (addend) => addends.push(...withOpen(addend).filter((each) => hasAll(each.series, series))));
    const story = storyOf(deal.facts);
    tellDeal(tell, story, asOf, context.policies);
    for (const { stage, reversed, events } of durationsIn(story))
      tell(durationSeries(stage, reversed ? 'yes' : 'no'), story.opened?.at ?? asOf, 1, events);
  }
  if (customer !== undefined) contributors.push(...behindOf(customer, addends));
  return { contributors, looked };
};

function tellerOf(deal: BookedDeal, take: (addend: Addend) => void): Tell {
  const standingAt = standingsOf(deal);
  return (series, credited, amount, events) => take({ series: { ...series, ...portionOf(standingAt(credited)) }, amount, events });
}

/** `open`: of those who entered a stage, those neither won nor lost. */
function withOpen(addend: Addend): readonly Addend[] {
  const sign = { entered: 1, 'stage-won': -1, 'stage-lost': -1 }[addend.series.measure!];
  return sign ? [addend, { ...addend, series: { ...addend.series, measure: 'open' }, amount: sign * addend.amount }] : [addend];
}

function behindOf(customerId: string, addends: readonly Addend[]): readonly Behind[] {
  const bySeries = new Map<string, Behind>();
  for (const addend of addends) {
    const series = seriesKey(toldSeries(addend.series));
    const { amount, events } = bySeries.get(series) ?? { amount: 0, events: [] };
    bySeries.set(series, {
      customerId,
      series,
      amount: exact(amount + addend.amount, series),
      events: [...new Set([...events, ...addend.events])],
    });
  }
  return [...bySeries.values()].filter(({ amount }) => amount !== 0);
}
