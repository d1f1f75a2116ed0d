import { compareText } from '#read-models/order.js';
import type { Teller } from '../contributor.js';
import { dayOf } from '../days.js';
import { documentAt, InvalidParameter } from '../reading.js';
import { hasAll, seriesKey } from '../series.js';
import { placesOf } from './places.js';
import { churnProjection } from './projection.js';
import { because } from './query.js';
import { scanOn } from './scan.js';

/** The customers of the distribution, each with the events that the figures stand on. */
export const toldOfCustomers: Teller = async (context, { series, customerId: only, limit, cursor, asOf, knownAt }) => {
  if (knownAt !== undefined) throw new InvalidParameter('knownAt', 'the distribution is told by the facts known now');
  const { customers, scale } = await scanOn(context, asOf);
  const found = customers
    .map(({ figures }) => ({ customerId: figures.customerId, places: placesOf(figures, scale).filter((place) => hasAll(place, series)) }))
    .filter(({ customerId, places }) => places.length > 0 && (only === undefined || customerId === only))
    // In the order of the rows that were scanned, whose keys are `<customerId>|trace`.
    .filter(({ customerId }) => cursor === undefined || compareText(`${customerId}|`, `${cursor}|`) > 0);
  const page = found.slice(0, limit);
  const contributors = await Promise.all(
    page.map(async ({ customerId, places }) => {
      const document = await documentAt(context, churnProjection, customerId, {});
      const { purchases, lastContact, registered } = document ? because(document, dayOf(asOf)) : nothing;
      const events = [registered, ...purchases, lastContact].filter((event) => event !== null);
      return places.map((place) => ({ customerId, series: seriesKey({ ...place, told: 'customers' }), amount: 1, events }));
    }),
  );
  return { contributors: contributors.flat(), ...(found.length > limit && { next: page.at(-1)!.customerId }) };
};

const nothing = { purchases: [], lastContact: null, registered: null };
