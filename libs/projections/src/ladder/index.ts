export type { MissingCondition } from './answer-schema.js';
export { type LadderPosition, ladderAt } from './ladder-at.js';
export * from './projection.js';
export * from './query.js';
export { type RungStep, rungTimeline } from './rung-timeline.js';
export { type Rung, rungs } from './rungs.js';
