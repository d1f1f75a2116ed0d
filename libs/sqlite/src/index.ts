export * from './file-lock.js';
export * from './private-files.js';
export * from './scratch-database.js';
