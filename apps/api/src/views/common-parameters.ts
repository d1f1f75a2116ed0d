import { InvalidParameter } from '#projections';
import { cursor, instant, whole } from '../edge/parameters.js';

export const asOf = instant('Show what was true at this instant; default now.');
export const knownAt = instant('Show what was known at this instant; default everything known.');
export const timeTravel = { asOf, knownAt } as const;
export const paging = { limit: whole(1, 1_000, 'Items per page; default 100.'), cursor } as const;

/** Of a short list that is read whole; the cursor is the id of the last item before. @throws InvalidParameter */
export function pageAfter<Item>(all: readonly Item[], idOf: (item: Item) => string, cursor: string | undefined, limit: number) {
  const before = cursor === undefined ? -1 : all.findIndex((item) => idOf(item) === cursor);
  if (cursor !== undefined && before < 0) throw new InvalidParameter('cursor', 'is not a cursor of this list');
  const page = all.slice(before + 1, before + 1 + limit);
  return { page, next: all.length > before + 1 + limit ? idOf(page.at(-1)!) : undefined };
}
