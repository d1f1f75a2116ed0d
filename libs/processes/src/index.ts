export * from './clock.js';
export * from './erasure/erasure.js';
export * from './host.js';
export * from './overdue/overdue.js';
export * from './process.js';
export * from './processes.js';
export * from './retention/retention.js';
