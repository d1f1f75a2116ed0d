import type { Conditions, FindQuery, StoredDocument } from '#read-models/read-model-store.js';
import { countPresent, findPresent } from '../present.js';
import { type AnswerTimes, answering, documentKnownAt, InvalidParameter } from '../reading.js';
import { type DealRecord, type DealsDocument, dealAsOf } from '../shared/deals-document.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { type DealRow, type DealStatus, dealRowOf, storedRowOf } from './deal-row.js';
import { funnelProjection } from './projection.js';

/** What the list is sorted by now; what has none of it is before all others. `since`: when it began, as far as is recorded. */
export const dealSorts = ['since', 'stageSince', 'closedAt', 'value'] as const;

export interface DealsParams extends TimeTravel {
  readonly status?: DealStatus;
  readonly stage?: string;
  /** Or any of several; null: the deals of nobody. */
  readonly curatorId?: string | readonly (string | null)[];
  /** Only the deals that this curator has now, whatever `asOf` is: closed ones go over to a successor with the customer. */
  readonly heldBy?: string;
  /** Null: the deals without. */
  readonly source?: string | null;
  readonly segment?: string | null;
  readonly customerId?: string;
  /** `since` when absent, and at another time. */
  readonly sort?: (typeof dealSorts)[number];
  /** `desc` when absent. */
  readonly direction?: 'asc' | 'desc';
  /** Whether to count all pages; not at another time. */
  readonly total?: boolean;
  readonly cursor?: string;
  /** 1 to 1000. */
  readonly limit?: number;
}
export interface DealsAnswer extends AnswerTimes {
  readonly total?: number;
  readonly deals: readonly DealRow[];
  readonly next?: string;
}

const filters = ['status', 'stage', 'curatorId', 'source', 'segment', 'customerId'] as const;

/** That are looked through for one that holds a deal: an empty page may have a next one too. */
const MOST_PAGES = 20;

/**
 * Deals, latest first unless sorted otherwise. At another time each deal is derived again from its events and then filtered, so that a page may hold fewer than
 * `limit` although there is a next one.
 */
export const deals = async (
  given: QueryContext,
  { cursor, limit = 100, heldBy, sort = 'since', direction = 'desc', total, ...params }: DealsParams = {},
): Promise<DealsAnswer> => {
  const { context, times } = answering(given, params);
  const asked = filters.filter((name) => params[name] !== undefined);
  const travelling = params.asOf !== undefined || params.knownAt !== undefined;
  if (travelling && sort !== 'since') throw new InvalidParameter('sort', 'must be since or absent with asOf or knownAt');
  if (travelling && total)
    throw new InvalidParameter('total', 'cannot be combined with asOf or knownAt; the counts of then are in /views/funnel');
  const stored = travelling ? asked.filter((name) => name === 'customerId') : asked;
  const where = Object.fromEntries(stored.map((name) => [name, params[name] as string | readonly (string | null)[] | null]));
  const conditions = { where: { ...where, ...(heldBy !== undefined && { heldBy }) } };
  const query: FindQuery = {
    ...conditions,
    // Of the present there is no bound, which would be another one for every page.
    ...(travelling && { range: { since: { lte: times.asOf } } }),
    sort: { field: sort, direction },
    limit,
  };
  const rows = (each: FindQuery) => context.reader.rows<DealRecord>('funnel', each);
  const find = (each: FindQuery) =>
    travelling && heldBy === undefined ? rows(each) : findPresent(rows, each, context.now, presentDeal(context.now));
  const count = (each: Conditions) => context.reader.count('funnel', 'rows', each);
  const counted = total ? await countPresent({ find: rows, count }, conditions, context.now, presentDeal(context.now)) : undefined;
  const knownThen = knownAtOf(context, times.knownAt);
  let next = cursor;
  let pages = 0;
  const found: DealRow[] = [];
  do {
    const page = await find({ ...query, ...(next !== undefined && { cursor: next }) });
    for (const { body } of page.documents) {
      const known = await knownThen(body);
      const deal = known && dealAsOf(known, times.asOf, times.knownAt);
      const row = deal && dealRowOf(deal, times.asOf);
      if (row && asked.every((name) => [params[name] as string | readonly (string | null)[] | null].flat().includes(row[name])))
        found.push(row);
    }
    next = page.next;
  } while (found.length === 0 && next !== undefined && ++pages < MOST_PAGES);
  return { ...times, ...(counted !== undefined && { total: counted }), deals: found, ...(next !== undefined && { next }) };
};

/** A deal with what was known of it before a retraction; undefined where nothing was. */
const knownAtOf = (context: QueryContext, knownAt: string | undefined) => {
  const folded = new Map<string, Promise<DealsDocument | undefined>>();
  return async (deal: DealRecord): Promise<DealRecord | undefined> => {
    const { customerId, dealId, correctedAt } = deal;
    if (knownAt === undefined || correctedAt === undefined || correctedAt <= knownAt) return deal;
    const folding = folded.get(customerId) ?? documentKnownAt(context, funnelProjection, customerId, knownAt);
    folded.set(customerId, folding);
    const document = await folding;
    const entry = document?.deals.flat().find((each) => each.dealId === dealId);
    return document && entry && { ...document, ...entry };
  };
};

/** A deal by what holds now, with all that is known of it. */
const presentDeal =
  (now: string) =>
  async (stored: StoredDocument<DealRecord>): Promise<StoredDocument<DealRecord> | undefined> => {
    const deal = dealAsOf(stored.body, now);
    return deal && { ...stored, fields: storedRowOf(deal).fields };
  };
