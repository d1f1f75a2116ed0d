export * from './projection.js';
export * from './view-reader.js';
