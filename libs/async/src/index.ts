export * from './asking-together.js';
export * from './built-module.js';
export * from './conversation.js';
export * from './in-groups.js';
export * from './mutex.js';
export * from './persistently.js';
export * from './reason-of.js';
export * from './thread.js';
