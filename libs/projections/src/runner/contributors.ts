import type { ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';
import { readAllPages } from './read-all-pages.js';

/**
 * Whom a series ever counted, so that those behind a number are found. Whoever comes to it later has an empty document of its own under
 * `<series>|<customer>`; those whom a filling found stand together, many in a document, under `<series>|!<first of them>`. The exclamation
 * mark comes before all that there is in ids of customers.
 */
export interface Contributors {
  add(series: string, customerId: string): void;
  /** How many there are, of all series. */
  size(): number;
  /** One document each. */
  alone(): Iterable<ContributorDocument>;
  together(): Iterable<ContributorDocument>;
}

interface ContributorDocument {
  readonly key: string;
  readonly json: string;
}

interface TogetherBody {
  /** In order. */
  readonly customers: readonly string[];
}

const A_DOCUMENT = 1_000;

export const contributorKey = (series: string, customerId: string): string => `${series}|${customerId}`;

export function createContributors(): Contributors {
  const bySeries = new Map<string, string[]>();
  let size = 0;
  return {
    add(series, customerId) {
      const customers = bySeries.get(series);
      if (customers) customers.push(customerId);
      else bySeries.set(series, [customerId]);
      size++;
    },
    size: () => size,
    *alone() {
      for (const [series, customers] of bySeries)
        for (const customerId of customers) yield { key: contributorKey(series, customerId), json: '{}' };
    },
    *together() {
      for (const [series, customers] of bySeries) {
        customers.sort();
        for (let at = 0; at < customers.length; at += A_DOCUMENT) {
          const some: TogetherBody = { customers: customers.slice(at, at + A_DOCUMENT) };
          yield { key: contributorKey(series, `!${some.customers[0]}`), json: JSON.stringify(some) };
        }
      }
    },
  };
}

/** Customers of a series in the order of their ids, up to `limit` of them, from the one behind `cursor` on. */
export async function readContributors(
  store: ReadModelStore,
  collection: string,
  { series, limit, cursor = '' }: { readonly series: string; readonly limit: number; readonly cursor?: string },
): Promise<{ readonly customers: readonly string[]; readonly next?: string }> {
  const start = cursor === '' ? { gte: `${series}|"` } : { gt: contributorKey(series, cursor) };
  const [alone, together] = await Promise.all([
    store.find(collection, { range: { key: { ...start, lt: `${series}}` } }, limit }),
    readAllPages<TogetherBody>(store, collection, { range: { key: { gte: `${series}|!`, lt: `${series}|"` } } }),
  ]);
  const singles = alone.documents.map((document) => customerIn(series, document));
  const gathered = together.flatMap(({ body }) => body.customers.filter((customerId) => customerId > cursor));
  const customers = [...new Set([...singles, ...gathered])].sort();
  // Beyond the last single one of the page others may follow that are not gathered.
  const known = alone.next === undefined ? customers : customers.filter((customerId) => customerId <= singles.at(-1)!);
  const page = known.slice(0, limit);
  return page.length < customers.length || alone.next !== undefined ? { customers: page, next: page.at(-1)! } : { customers: page };
}

const customerIn = (series: string, { key }: StoredDocument): string => key.slice(series.length + 1);
