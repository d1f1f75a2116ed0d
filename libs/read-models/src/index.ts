export * from './errors.js';
export * from './memory/memory-read-models.js';
export * from './open-read-models.js';
export * from './read-model-store.js';
