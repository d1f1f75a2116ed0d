export type { DeskMeasure } from './contributions.js';
export type { DeskDocument } from './document.js';
export type { OnDesk } from './on-desk.js';
export { type PlannedItem, plannedFor } from './planned.js';
export * from './projection.js';
export * from './query.js';
export type { DeskRow, PortfolioRow } from './rows.js';
export * from './supervisor.js';
