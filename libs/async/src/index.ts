export * from './mutex.js';
export * from './persistently.js';
export * from './reason-of.js';
