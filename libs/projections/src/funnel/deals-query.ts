import type { FindQuery, StoredDocument } from '#read-models/read-model-store.js';
import { findPresent } from '../present.js';
import { type AnswerTimes, answering } from '../reading.js';
import { type DealRecord, dealAsOf } from '../shared/deals-document.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { type DealRow, type DealStatus, dealRowOf, storedRowOf } from './deal-row.js';

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
  readonly cursor?: string;
  /** 1 to 1000. */
  readonly limit?: number;
}
export interface DealsAnswer extends AnswerTimes {
  readonly deals: readonly DealRow[];
  readonly next?: string;
}

const filters = ['status', 'stage', 'curatorId', 'source', 'segment', 'customerId'] as const;

/** That are looked through for one that holds a deal: an empty page may have a next one too. */
const MOST_PAGES = 20;

/**
 * Deals, latest first. At another time each deal is derived again from its events and then filtered, so that a page may hold fewer than
 * `limit` although there is a next one.
 */
export const deals = async (given: QueryContext, { cursor, limit = 100, heldBy, ...params }: DealsParams = {}): Promise<DealsAnswer> => {
  const { context, times } = answering(given, params);
  const asked = filters.filter((name) => params[name] !== undefined);
  const travelling = params.asOf !== undefined || params.knownAt !== undefined;
  const stored = travelling ? asked.filter((name) => name === 'customerId') : asked;
  const where = Object.fromEntries(stored.map((name) => [name, params[name] as string | readonly (string | null)[] | null]));
  const query: FindQuery = {
    where: { ...where, ...(heldBy !== undefined && { heldBy }) },
    // Of the present there is no bound, which would be another one for every page.
    ...(travelling && { range: { since: { lte: times.asOf } } }),
    sort: { field: 'since', direction: 'desc' },
    limit,
  };
  const rows = (each: FindQuery) => context.reader.rows<DealRecord>('funnel', each);
  const find = (each: FindQuery) =>
    travelling && heldBy === undefined ? rows(each) : findPresent(rows, each, context.now, presentDeal(context.now));
  let next = cursor;
  let pages = 0;
  const found: DealRow[] = [];
  do {
    const page = await find({ ...query, ...(next !== undefined && { cursor: next }) });
    for (const { body } of page.documents) {
      const deal = dealAsOf(body, times.asOf, times.knownAt);
      const row = deal && dealRowOf(deal, times.asOf);
      if (row && asked.every((name) => [params[name] as string | readonly (string | null)[] | null].flat().includes(row[name])))
        found.push(row);
    }
    next = page.next;
  } while (found.length === 0 && next !== undefined && ++pages < MOST_PAGES);
  return { ...times, deals: found, ...(next !== undefined && { next }) };
};

/** A deal by what holds now, with all that is known of it. */
const presentDeal =
  (now: string) =>
  async (stored: StoredDocument<DealRecord>): Promise<StoredDocument<DealRecord> | undefined> => {
    const deal = dealAsOf(stored.body, now);
    return deal && { ...stored, fields: storedRowOf(deal).fields };
  };
