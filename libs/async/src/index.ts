export * from './built-module.js';
export * from './mutex.js';
export * from './persistently.js';
export * from './reason-of.js';
