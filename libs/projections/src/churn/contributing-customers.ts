import { setImmediate as nextTurn } from 'node:timers/promises';
import { compareText } from '#read-models/order.js';
import { calendarOf } from '../calendar.js';
import type { Contributor, FindContributors } from '../contributor.js';
import type { Series } from '../projection.js';
import { documentKnownAt, InvalidParameter } from '../reading.js';
import { hasAll, seriesKey } from '../series.js';
import { companyFigures } from './company.js';
import { isCustomer, placesAt } from './day-figures.js';
import { churnProjection } from './projection.js';
import { because } from './query.js';

const A_SLICE = 1_000;

/** The customers of the distribution, each with the events behind the figures. */
export const contributingCustomers: FindContributors = async (context, { series, customerId: only, limit, cursor, asOf, knownAt }) => {
  if (knownAt !== undefined) throw new InvalidParameter('knownAt', 'the distribution shows what is known now');
  const figures = await companyFigures(context, asOf);
  const { customers } = figures.everyone;
  const page: { readonly customerId: string; readonly places: readonly Series[] }[] = [];
  let more = false;
  for (let at = cursor === undefined ? 0 : firstAfter(customers, cursor); at < customers.length && !more; at++) {
    if (at % A_SLICE === 0) await nextTurn();
    const customerId = customers[at]!;
    if ((only !== undefined && customerId !== only) || !isCustomer(figures, at)) continue;
    const places = placesAt(figures, at).filter((place) => hasAll(place, series));
    if (places.length === 0) continue;
    if (page.length === limit) more = true;
    else page.push({ customerId, places });
  }
  const contributors: (Contributor & { readonly series: string })[] = [];
  for (const { customerId, places } of page) {
    const document = await documentKnownAt(context, churnProjection, customerId);
    const { purchases, lastContact, registered } = document ? because(document, calendarOf(context.policies).endOfDay(asOf)) : nothing;
    const events = [registered, ...purchases, lastContact].filter((event) => event !== null);
    for (const place of places) contributors.push({ customerId, series: seriesKey({ ...place, derived: 'customers' }), amount: 1, events });
  }
  return { contributors, looked: page.length, ...(more && { next: page.at(-1)!.customerId }) };
};

function firstAfter(customers: readonly string[], cursor: string): number {
  let [low, high] = [0, customers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(customers[middle]!, cursor) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const nothing = { purchases: [], lastContact: null, registered: null };
