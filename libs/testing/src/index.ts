export * from './append-at-head.js';
export * from './as-written.js';
export * from './collect.js';
export * from './event-log.contract.js';
export * from './new-event.js';
