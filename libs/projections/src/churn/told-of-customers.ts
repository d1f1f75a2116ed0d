import { compareText } from '#read-models/order.js';
import type { Contributor, Teller } from '../contributor.js';
import { dayOf } from '../days.js';
import type { Series } from '../projection.js';
import { documentKnownAt, InvalidParameter } from '../reading.js';
import { hasAll, seriesKey } from '../series.js';
import { createSlices } from '../slices.js';
import { placesOf } from './places.js';
import { churnProjection } from './projection.js';
import { because } from './query.js';
import { type Scan, scanOn } from './scan.js';

/** The customers of the distribution, each with the events that the figures stand on. */
export const toldOfCustomers: Teller = async (context, { series, customerId: only, limit, cursor, asOf, knownAt }) => {
  if (knownAt !== undefined) throw new InvalidParameter('knownAt', 'the distribution shows what is known now');
  const { customers, scale } = await scanOn(context, asOf);
  const page: { readonly customerId: string; readonly places: readonly Series[] }[] = [];
  let more = false;
  const pause = createSlices();
  // In the order of the rows that were scanned, whose keys are `<customerId>|trace`.
  for (let at = cursor === undefined ? 0 : firstAfter(customers, cursor); at < customers.length && !more; at++) {
    await pause();
    const { figures } = customers[at]!;
    const { customerId } = figures;
    if (only !== undefined && customerId !== only) continue;
    const places = placesOf(figures, scale).filter((place) => hasAll(place, series));
    if (places.length === 0) continue;
    if (page.length === limit) more = true;
    else page.push({ customerId, places });
  }
  const contributors: (Contributor & { readonly series: string })[] = [];
  for (const { customerId, places } of page) {
    const document = await documentKnownAt(context, churnProjection, customerId);
    const { purchases, lastContact, registered } = document ? because(document, dayOf(asOf)) : nothing;
    const events = [registered, ...purchases, lastContact].filter((event) => event !== null);
    for (const place of places) contributors.push({ customerId, series: seriesKey({ ...place, told: 'customers' }), amount: 1, events });
  }
  return { contributors, looked: page.length, ...(more && { next: page.at(-1)!.customerId }) };
};

function firstAfter(customers: Scan['customers'], cursor: string): number {
  let [low, high] = [0, customers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(`${customers[middle]!.figures.customerId}|`, `${cursor}|`) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const nothing = { purchases: [], lastContact: null, registered: null };
