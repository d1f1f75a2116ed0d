import { cursor, instant, whole } from '../edge/parameters.js';

export const asOf = instant('What was true then; now when absent.');
export const knownAt = instant('What was known then; everything known when absent.');
export const timeTravel = { asOf, knownAt } as const;
export const paging = { limit: whole(1, 1_000, 'Items a page; 100 when absent.'), cursor } as const;
