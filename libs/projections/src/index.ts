import { cardProjection } from './card/projection.js';
import { churnProjection } from './churn/projection.js';
import { deskProjection } from './desk/projection.js';
import { funnelProjection } from './funnel/projection.js';
import { ladderProjection } from './ladder/projection.js';
import { lossReasonsProjection } from './loss-reasons/projection.js';
import type { Projection } from './projection.js';
import { timelineProjection } from './timeline/projection.js';

export * from './card/index.js';
export * from './churn/index.js';
export * from './desk/index.js';
export * from './drill-down.js';
export * from './funnel/index.js';
export * from './ladder/index.js';
export * from './loss-reasons/index.js';
export * from './projection.js';
export * from './reading.js';
export * from './timeline/index.js';
export * from './view-reader.js';

/** Every view, in the order of their names. */
export const projections = [
  cardProjection,
  churnProjection,
  deskProjection,
  funnelProjection,
  ladderProjection,
  lossReasonsProjection,
  timelineProjection,
] as readonly Projection[];
