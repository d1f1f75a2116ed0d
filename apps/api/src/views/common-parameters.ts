import { InvalidParameter } from '#projections';
import { decodeCursor, encodeCursor } from '#read-models/cursor.js';
import type { FindQuery } from '#read-models/read-model-store.js';
import { cursor, flag, instant, oneOf, whole } from '../edge/parameters.js';

export const asOf = instant('Show what was true at this instant; default now.');
export const knownAt = instant('Show what was known at this instant; default everything known.');
export const timeTravel = { asOf, knownAt } as const;
export const paging = { limit: whole(1, 1_000, 'Items per page; default 100.'), cursor } as const;

/** Of a list: by what it is sorted if not by `usual`, which way, and whether all pages are counted. */
export const sorting = <const Sort extends string>(
  sorts: readonly Sort[],
  usual: string,
  {
    descending = false,
    note,
    directionNote = '',
    totalNote,
  }: { readonly descending?: boolean; readonly note?: string; readonly directionNote?: string; readonly totalNote?: string } = {},
) => ({
  sort: oneOf(sorts, [`${usual} when absent.`, ...(note === undefined ? [] : [note])].join(' ')),
  direction: oneOf(['asc', 'desc'], `\`${descending ? 'desc' : 'asc'}\` when absent${directionNote}.`),
  total: totalParameter(totalNote),
});
export const totalParameter = (note?: string) => flag(`Count the items on all pages${note === undefined ? '.' : `; ${note}`}`);

/** Of a short list that is read whole; the cursor names its order and the last item before. @throws InvalidParameter, InvalidCursor */
export function pageAfter<Item>(
  all: readonly Item[],
  idOf: (item: Item) => string,
  { sort, cursor, limit }: Pick<FindQuery, 'sort'> & { readonly cursor: string | undefined; readonly limit: number },
) {
  const query: FindQuery = sort ? { sort } : {};
  const lastId = cursor === undefined ? undefined : decodeCursor(query, cursor).key;
  const before = lastId === undefined ? -1 : all.findIndex((item) => idOf(item) === lastId);
  if (cursor !== undefined && before < 0) throw new InvalidParameter('cursor', 'is not a cursor of this list; start again without cursor');
  const page = all.slice(before + 1, before + 1 + limit);
  const last = all.length > before + 1 + limit ? idOf(page.at(-1)!) : undefined;
  return { page, next: last === undefined ? undefined : encodeCursor(query, { sort: null, key: last }) };
}
