import { calendarOf } from './calendar.js';
import { contributionsOf } from './derived.js';
import { exact } from './exact.js';
import type { Contribution, Projection, Series } from './projection.js';
import { documentKnownAt } from './reading.js';
import { type DayRange, keysOf } from './series.js';
import { createSlices } from './slices.js';
import type { QueryContext, TimeTravel } from './view-reader.js';

export interface Contributor {
  readonly customerId: string;
  /** What this customer adds to the number at the end of the day `asOf`. */
  readonly amount: number;
  /** Every event behind the series, so that what was added and taken away again can be followed. */
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
  /** Customers who were looked at, those who add nothing included. */
  readonly looked: number;
  readonly next?: string;
}

/** For numbers that no total has: finds those counted, from the rows that the numbers are derived from. `series` is as asked for, without `derived`. */
export type FindContributors = (
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
  const { dayOf, endOfDay } = calendarOf(policies);
  const { from = '', to = '~' } = days ?? (asOf === undefined ? {} : { to: dayOf(asOf) });
  const counts = ({ day }: { readonly day: string }) => from <= day && day <= to;
  // What is counted is known by the day, so what is behind it is too.
  const known = knownAt === undefined ? undefined : endOfDay(knownAt);
  const page =
    only === undefined
      ? await reader.contributors(projection.name, { series, limit, ...(cursor !== undefined && { cursor }) })
      : { customers: [only] };
  const contributors: Contributor[] = [];
  const add = (customerId: string, amount: number, behind: readonly Contribution[]) => {
    if (amount !== 0) contributors.push({ customerId, amount, events: [...new Set(behind.flatMap(({ events }) => events))] });
  };
  const behindOf = (document: unknown) =>
    document === undefined
      ? []
      : contributionsOf(projection, document, policies).filter((each) => counts(each) && keysOf(each).includes(series));
  const pause = createSlices(CUSTOMERS_A_SLICE);
  if (known === undefined)
    for await (const { key, body } of storedDocuments(context, projection.name, page.customers)) {
      await pause();
      const behind = behindOf(body);
      add(key, sumOf(behind, series), behind);
    }
  else
    for (const customerId of page.customers) {
      await pause();
      const added = await reader.added(projection.name, customerId, series);
      const counted = added.filter(([day, learned]) => counts({ day }) && learned <= dayOf(known));
      const amount = sumOf(
        counted.map(([, , amount]) => ({ amount })),
        series,
      );
      if (amount !== 0) add(customerId, amount, behindOf(await documentKnownAt(context, projection, customerId, known)));
    }
  const next = 'next' in page ? page.next : undefined;
  return { contributors, looked: page.customers.length, ...(next !== undefined && { next }) };
};

/** Each has its contributions to be worked out. */
const CUSTOMERS_A_SLICE = 10;
/** Documents read at once. */
const AT_ONCE = 50;

/** In their order. */
async function* storedDocuments({ reader }: QueryContext, view: string, customers: readonly string[]) {
  for (let at = 0; at < customers.length; at += AT_ONCE) {
    const query = { where: { key: customers.slice(at, at + AT_ONCE) }, limit: AT_ONCE };
    let cursor: string | undefined;
    do {
      const page = await reader.documents(view, { ...query, ...(cursor !== undefined && { cursor }) });
      yield* page.documents;
      cursor = page.next;
    } while (cursor !== undefined);
  }
}

function sumOf(added: readonly { readonly amount: number }[], series: string): number {
  return added.reduce((sum, { amount }) => exact(sum + amount, series), 0);
}
