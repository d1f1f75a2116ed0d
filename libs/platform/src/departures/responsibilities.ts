import type { EventLog, Position } from '#event-log';
import type { ViewReader } from '#projections';
import { readAllPages } from '#projections/runner/read-all-pages.js';
import { type StoredViewReader, ViewNotReady } from '#projections/runner/view-reader.js';
import type { FindQuery, ReadModelStore } from '#read-models';
import { responsibilityOf, type WorkItem } from '#relationship';
import type { CustomerAccesses } from '../access/customer-access.js';
import { createNamedCustomers, namedSince } from './named-customers.js';

/** A customer or an open piece of work that a curator is responsible for. */
export interface Responsible {
  readonly kind: 'customer' | WorkItem['kind'];
  readonly customerId: string;
  /** Of the work. */
  readonly id?: string;
  /** ISO 8601; when it was given. */
  readonly since: string;
  /** An event of the customer is not understood, so nothing can be moved until it is. */
  readonly stuck?: true;
}

const MOST_LISTED = 100;

/** How many there are, and the first of them. */
export const listed = (all: readonly Responsible[]): { readonly left: number; readonly first: readonly Responsible[] } => ({
  left: all.length,
  first: all.slice(0, MOST_LISTED),
});

/** All that a curator is responsible for, as the log says now, by customer. */
export type Responsibilities = (curatorId: string) => Promise<readonly Responsible[]>;

export interface ResponsibilityOptions {
  /** All of them together say who was named; several where one lies over another. */
  readonly logs: readonly Pick<EventLog, 'readAll' | 'head'>[];
  readonly accesses: Pick<CustomerAccesses, 'ofAll'>;
  readonly clock: () => string;
  /** Spares the search of the whole log. */
  readonly views?: SearchedViews;
}

interface SearchedViews {
  readonly store: ReadModelStore;
  readonly reader: StoredViewReader;
}

/** Whom to look at is found in the views and in what the log says since, or else in the whole log; what holds is decided on each customer's stream. */
export const createResponsibilities = ({ logs, accesses, clock, views }: ResponsibilityOptions): Responsibilities => {
  const searches = logs.map(createNamedCustomers);

  const viewed = async (curatorId: string, { store, reader }: SearchedViews): Promise<Iterable<string>> => {
    const names = ['card', 'desk'];
    const after = (await Promise.all(names.map((name) => reader.checkpoint(name)))).reduce(earlier);
    const customers = await idsIn(reader, 'desk', { where: { curatorId, itemKind: 'customer' }, range: { closedAt: { gt: clock() } } });
    const helped = await idsIn(reader, 'card', { where: { workOf: curatorId } });
    const parked = async (view: string) => readAllPages(store, (await reader.collections(view)).parked, {});
    const behind = (await Promise.all(names.map(parked))).flat().map(({ key }) => key);
    const since = await Promise.all(logs.map((log) => namedSince(log, curatorId, after)));
    return [customers, helped, behind, ...since.map((ids) => [...ids])].flat();
  };

  const candidates = async (curatorId: string): Promise<Iterable<string>> => {
    try {
      if (views) return await viewed(curatorId, views);
    } catch (error) {
      if (!(error instanceof ViewNotReady)) throw error;
    }
    return (await Promise.all(searches.map((search) => search(curatorId)))).flatMap((ids) => [...ids]);
  };

  return async (curatorId) => {
    const ids = [...new Set(await candidates(curatorId))].sort();
    const all = await accesses.ofAll(ids);
    const now = clock();
    return ids.flatMap((customerId): readonly Responsible[] => {
      const { access, notUnderstood } = all.get(customerId)!;
      const stuck = notUnderstood && ({ stuck: true } as const);
      const { customerSince, work } = responsibilityOf(access, curatorId, now);
      const own = customerSince === undefined ? [] : [{ kind: 'customer', customerId, since: customerSince, ...stuck } as const];
      return [...own, ...work.map(({ kind, id, at }) => ({ kind, customerId, id, since: at, ...stuck }))];
    });
  };
};

const earlier = (one: Position, other: Position): Position => (other < one ? other : one);

const idsIn = async (reader: ViewReader, view: string, query: FindQuery): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await reader.rows<{ readonly customerId: string }>(view, {
      ...query,
      limit: 1_000,
      ...(cursor !== undefined && { cursor }),
    });
    ids.push(...page.documents.map(({ body }) => body.customerId));
    cursor = page.next;
  }
  return ids;
};
