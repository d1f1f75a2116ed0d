// For whoever reads: what is recorded, and the policies it is judged under. Without the commands, whose checks take long to load.
export * from './attitude/events.js';
export * from './contacts/events.js';
export * from './curation/events.js';
export * from './curators/events.js';
export * from './customer/events.js';
export * from './deals/events.js';
export * from './event-definitions.js';
export * from './kernel/decider.js';
export * from './kernel/event.js';
export * from './kernel/money.js';
export * from './kernel/refusals.js';
export * from './kernel/time.js';
export * from './partnership/events.js';
export * from './policies/events.js';
export * from './policies/policy.js';
export * from './purchases/events.js';
export * from './streams.js';
