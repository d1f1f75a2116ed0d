export * from './content-hash.js';
export * from './deciding/command-runner.js';
export * from './deciding/decider.js';
export * from './event-definition.js';
export * from './event-log.js';
export * from './invalid-event.js';
export * from './open-event-log.js';
export * from './registry/event-registry.js';
export type { EventValidator } from './sealed-append.js';
