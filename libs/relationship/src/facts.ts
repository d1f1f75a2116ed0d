export * from './read-side.js';
export type { RelationshipEvent as RelationshipFact } from './slices.js';
