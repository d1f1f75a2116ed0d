export * from './kept-outside/kept-outside.js';
export * from './keys/subject-key-store.js';
export * from './master-keys/master-key-file.js';
export * from './master-keys/master-keys.js';
export * from './master-keys/read-master-keys.js';
export * from './memory/memory-kept-outside.js';
export * from './memory/memory-subject-keys.js';
export * from './open-subject-keys.js';
