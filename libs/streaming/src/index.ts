export * from './cloud-event.js';
export * from './customer-record.js';
export * from './errors.js';
export * from './kafka.js';
export * from './partition-group.js';
export * from './relay/relay.js';
export * from './topics.js';
