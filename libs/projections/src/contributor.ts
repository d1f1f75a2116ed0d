import { dayOf, endOfDay } from './days.js';
import { contributionsOf } from './made-of-document.js';
import type { Projection, Series } from './projection.js';
import { documentAt } from './reading.js';
import { type DayRange, seriesKey } from './series.js';
import type { Added, QueryContext, TimeTravel } from './view-reader.js';

export interface Contributor {
  readonly customerId: string;
  /** What this customer adds to the number at the end of the day `asOf`. */
  readonly amount: number;
  /** Every event that the series stands on, so that what was added and taken away again can be followed. */
  readonly events: readonly string[];
}

export interface ContributorsQuery extends TimeTravel {
  readonly series: string;
  /** Instead of all days until `asOf`. */
  readonly days?: DayRange | undefined;
  /** Only this one. */
  readonly customerId?: string | undefined;
  readonly limit: number;
  readonly cursor?: string;
}

export interface ContributorsPage<Of extends Contributor = Contributor> {
  readonly contributors: readonly Of[];
  readonly next?: string;
}

/** Answers for numbers that stand in no total, from the rows that they are told from. `series` is as asked for, without `told`. */
export type Teller = (
  context: QueryContext,
  query: Omit<ContributorsQuery, 'series' | 'days'> & { readonly series: Series; readonly asOf: string },
) => Promise<ContributorsPage<Contributor & { readonly series: string }>>;

/** Those who add something to a series, by id. A page may hold fewer than `limit` although there is a next one. */
export const contributorsTo = async (
  context: QueryContext,
  projection: Projection,
  { series, limit, cursor, customerId: only, asOf, knownAt, days }: ContributorsQuery,
): Promise<ContributorsPage> => {
  const { reader, policies } = context;
  const { from = '', to = '~' } = days ?? (asOf === undefined ? {} : { to: dayOf(asOf) });
  const counts = ({ day }: { readonly day: string }) => from <= day && day <= to;
  // What is counted is known by the day, so what is behind it is too.
  const known = knownAt === undefined ? {} : { knownAt: endOfDay(knownAt) };
  const page =
    only === undefined
      ? await reader.contributors(projection.name, { series, limit, ...(cursor !== undefined && { cursor }) })
      : { customers: [only] };
  const all = await Promise.all(
    page.customers.map(async (customerId): Promise<Contributor> => {
      const added = await reader.added(projection.name, customerId, series);
      const amount = sumOf(added.filter(([day, learned]) => counts({ day }) && (knownAt === undefined || learned <= dayOf(knownAt))));
      if (amount === 0) return { customerId, amount, events: [] };
      const document = await documentAt(context, projection, customerId, known);
      const behind = document === undefined ? [] : contributionsOf(projection, document, policies);
      const events = behind.filter((each) => counts(each) && seriesKey(each.series) === series).flatMap((each) => each.events);
      return { customerId, amount, events: [...new Set(events)] };
    }),
  );
  const next = 'next' in page ? page.next : undefined;
  return { contributors: all.filter(({ amount }) => amount !== 0), ...(next !== undefined && { next }) };
};

function sumOf(added: readonly Added[]): number {
  return added.reduce((sum, [, , amount]) => sum + amount, 0);
}
