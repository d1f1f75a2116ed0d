export type { DealRow, DealStatus } from './deal-row.js';
export * from './projection.js';
export * from './query.js';
