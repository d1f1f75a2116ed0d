import { contributionsOf } from './made-of-document.js';
import type { Projection } from './projection.js';
import { documentAt } from './reading.js';
import { seriesKey } from './series.js';
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
  readonly limit: number;
  readonly cursor?: string;
}

/** Those who add something to a series, by id. A page may hold fewer than `limit` although there is a next one. */
export const contributorsTo = async (
  context: QueryContext,
  projection: Projection,
  { series, limit, cursor, asOf, knownAt }: ContributorsQuery,
): Promise<{ readonly contributors: readonly Contributor[]; readonly next?: string }> => {
  const { reader, policies } = context;
  const page = await reader.contributors(projection.name, { series, limit, ...(cursor !== undefined && { cursor }) });
  const all = await Promise.all(
    page.customers.map(async (customerId): Promise<Contributor> => {
      const amount = sumAt(await reader.added(projection.name, customerId, series), { asOf, knownAt });
      if (amount === 0) return { customerId, amount, events: [] };
      const document = await documentAt(context, projection, customerId, knownAt === undefined ? {} : { knownAt });
      const behind = document === undefined ? [] : contributionsOf(projection, document, policies);
      const events = behind.filter((each) => seriesKey(each.series) === series).flatMap((each) => each.events);
      return { customerId, amount, events: [...new Set(events)] };
    }),
  );
  return { contributors: all.filter(({ amount }) => amount !== 0), ...(page.next !== undefined && { next: page.next }) };
};

function sumAt(
  added: readonly Added[],
  { asOf = '~', knownAt = '~' }: { readonly asOf?: string | undefined; readonly knownAt?: string | undefined },
): number {
  const [to, knownTo] = [asOf.slice(0, 10), knownAt.slice(0, 10)];
  return added.reduce((sum, [day, known, amount]) => (day <= to && known <= knownTo ? sum + amount : sum), 0);
}
