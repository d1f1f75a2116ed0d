export * from './kept-outside/kept-outside.js';
export * from './keys/subject-key-store.js';
