export * from './entry.js';
export * from './projection.js';
export * from './query.js';
