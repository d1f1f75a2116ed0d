import { cursor, instant, whole } from '../edge/parameters.js';

export const asOf = instant('Show what was true at this instant; default now.');
export const knownAt = instant('Show what was known at this instant; default everything known.');
export const timeTravel = { asOf, knownAt } as const;
export const paging = { limit: whole(1, 1_000, 'Items per page; default 100.'), cursor } as const;
