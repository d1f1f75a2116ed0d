export * from './mutex.js';
export * from './persistently.js';
