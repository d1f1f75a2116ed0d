import { cardProjection } from './card/projection.js';
import { churnProjection } from './churn/projection.js';
import { deskProjection } from './desk/projection.js';
import type { Projection } from './projection.js';
import { timelineProjection } from './timeline/projection.js';

export * from './card/index.js';
export * from './churn/index.js';
export * from './desk/index.js';
export * from './projection.js';
export * from './reading.js';
export * from './timeline/index.js';
export * from './view-reader.js';

/** Every view, in the order of their names. */
export const projections = [cardProjection, churnProjection, deskProjection, timelineProjection] as readonly Projection[];
