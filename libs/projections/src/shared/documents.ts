import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '#event-log';
import { withRetractions } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import { customerOf } from '../event-handlers.js';
import type { Projection } from '../projection.js';
import type { QueryContext, ViewReader } from '../view-reader.js';

/** More customers than this at once hold up whoever shares the thread. */
export const A_PAGE = 200;
/** Of more it is quicker to read all again. */
export const MOST_CHANGED = 20_000;

/** In the order of their ids, of all customers or of these. SQLite answers synchronously, so this yields to the event loop after each page. */
export async function* documentsOf<Document>(
  reader: ViewReader,
  view: string,
  { customers, page: limit = A_PAGE }: { readonly customers?: readonly string[]; readonly page?: number } = {},
): AsyncGenerator<Document> {
  for (let at = 0; at < (customers?.length ?? 1); at += limit) {
    const query = { ...(customers && { where: { key: customers.slice(at, at + limit) } }), limit };
    let cursor: string | undefined;
    do {
      const page = await reader.documents<Document>(view, { ...query, ...(cursor !== undefined && { cursor }) });
      for (const { body } of page.documents) yield body;
      await nextTurn();
      cursor = page.next;
    } while (cursor !== undefined);
  }
}

/** Customers with events of the view behind a position; undefined where that is too many, or where the view is not that far. */
export const changedSince = async (
  { log }: Pick<QueryContext, 'log'>,
  { handles }: Pick<Projection, 'handles'>,
  { after, upTo }: { readonly after: Position; readonly upTo: Position },
): Promise<ReadonlySet<string> | undefined> => {
  if (upTo < after) return undefined;
  const changed = new Set<string>();
  for await (const batch of log.readAll({ types: withRetractions(handles), after, upTo })) {
    for (const { stream } of batch) changed.add(customerOf(stream));
    if (changed.size > MOST_CHANGED) return undefined;
    await nextTurn();
  }
  return changed;
};

/** With the zone that days of it are in: while a build with another takes over, both are asked under. */
export const contentsOf = async ({ reader, policies }: QueryContext, view: string): Promise<string> =>
  `${await reader.contents(view)}|${calendarOf(policies).zone}`;

/** What is kept in memory of every document of a view. */
export interface KeptOfAll<Document, Part> {
  partOf(document: Document): Part;
  /** Instead of what was kept of the customer before. */
  put(customerId: string, part: Part | undefined): void;
}

/**
 * Keeps a part of every document of a view in memory, for all who ask. Whoever asks gets it as of the view's checkpoint at least: what changed
 * since it was last asked for is found in the log, and put between two turns of the event loop, so that nobody sees half of it.
 */
export const createKeeper = <Document extends { readonly customerId: string }, Part, Kept extends KeptOfAll<Document, Part>>(
  projection: Projection<Document>,
  make: (calendar: Calendar) => Kept & KeptOfAll<Document, Part>,
): ((context: QueryContext) => Promise<Kept>) => {
  const { name: view, handles } = projection;
  let present: { readonly kept: Kept; readonly contents: string; readonly position: Position } | undefined;
  let renewing: Promise<Kept> | undefined;

  async function renew(context: QueryContext): Promise<Kept> {
    const { reader, policies } = context;
    // Before anything is read: what changes meanwhile is read by the next.
    const [contents, position] = await Promise.all([contentsOf(context, view), reader.checkpoint(view)]);
    const former = present?.contents === contents ? present : undefined;
    const changed = former && (await changedSince(context, { handles }, { after: former.position, upTo: position }));
    if (former && changed) {
      const { kept } = former;
      const parts = new Map<string, Part>();
      const customers = [...changed];
      for await (const document of documentsOf<Document>(reader, view, { customers }))
        parts.set(document.customerId, kept.partOf(document));
      for (const customerId of customers) kept.put(customerId, parts.get(customerId));
      present = { ...former, position };
      return kept;
    }
    const kept = make(calendarOf(policies));
    for await (const document of documentsOf<Document>(reader, view)) kept.put(document.customerId, kept.partOf(document));
    present = { kept, contents, position };
    return kept;
  }

  return async (context) => {
    for (;;) {
      const [contents, position] = await Promise.all([contentsOf(context, view), context.reader.checkpoint(view)]);
      if (present?.contents === contents && present.position >= position) return present.kept;
      const isUnderWay = renewing !== undefined;
      renewing ??= renew(context).finally(() => {
        renewing = undefined;
      });
      const kept = await renewing;
      // One that was under way already may have started before.
      if (!isUnderWay) return kept;
    }
  };
};
