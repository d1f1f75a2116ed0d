import { cardProjection } from './card/projection.js';
import { churnProjection } from './churn/projection.js';
import { deskProjection } from './desk/projection.js';
import { funnelProjection } from './funnel/projection.js';
import { ladderProjection } from './ladder/projection.js';
import type { Projection } from './projection.js';
import { retentionProjection } from './retention/projection.js';
import { timelineProjection } from './timeline/projection.js';

/** Every view, in the order of their names. */
export const projections = [
  cardProjection,
  churnProjection,
  deskProjection,
  funnelProjection,
  ladderProjection,
  retentionProjection,
  timelineProjection,
] as readonly Projection[];

/** Names of views that there were: their builds are dropped from the stores that still hold them. */
export const formerViews: readonly string[] = ['loss-reasons'];
