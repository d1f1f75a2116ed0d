export * from '../shared/assignments.js';
export * from './answer.js';
export type { Card, CustomerCardAnswer } from './answer-schema.js';
export type { CardDocument } from './document.js';
export * from './find.js';
export * from './projection.js';
export * from './query.js';
