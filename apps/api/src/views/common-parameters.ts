import { InvalidParameter } from '#projections';
import { cursor, flag, instant, oneOf, whole } from '../edge/parameters.js';

export const asOf = instant('Show what was true at this instant; default now.');
export const knownAt = instant('Show what was known at this instant; default everything known.');
export const timeTravel = { asOf, knownAt } as const;
export const paging = { limit: whole(1, 1_000, 'Items per page; default 100.'), cursor } as const;

/** Of a list: by what it is sorted if not by `usual`, which way, and whether all pages are counted. */
export const sorting = <const Sort extends string>(
  sorts: readonly Sort[],
  usual: string,
  { descending = false, note, totalNote }: { readonly descending?: boolean; readonly note?: string; readonly totalNote?: string } = {},
) => ({
  sort: oneOf(sorts, [`${usual} when absent.`, ...(note === undefined ? [] : [note])].join(' ')),
  direction: oneOf(['asc', 'desc'], `\`${descending ? 'desc' : 'asc'}\` when absent.`),
  total: totalParameter(totalNote),
});
export const totalParameter = (note?: string) => flag(`Count the items on all pages${note === undefined ? '.' : `; ${note}`}`);

/** Of a short list that is read whole; the cursor is the id of the last item before. @throws InvalidParameter */
export function pageAfter<Item>(all: readonly Item[], idOf: (item: Item) => string, cursor: string | undefined, limit: number) {
  const before = cursor === undefined ? -1 : all.findIndex((item) => idOf(item) === cursor);
  if (cursor !== undefined && before < 0) throw new InvalidParameter('cursor', 'is not a cursor of this list');
  const page = all.slice(before + 1, before + 1 + limit);
  return { page, next: all.length > before + 1 + limit ? idOf(page.at(-1)!) : undefined };
}
