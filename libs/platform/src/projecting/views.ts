import { cardProjection } from '#projections/card/projection.js';
import { churnProjection } from '#projections/churn/projection.js';
import { deskProjection } from '#projections/desk/projection.js';
import { funnelProjection } from '#projections/funnel/projection.js';
import { lossReasonsProjection } from '#projections/loss-reasons/projection.js';
import type { Projection } from '#projections/projection.js';
import { timelineProjection } from '#projections/timeline/projection.js';

/** Every view that is kept, whoever keeps it: the thread of the API, the projector beside it, or a rebuild by the CLI. */
export const projections: readonly Projection[] = [
  cardProjection,
  timelineProjection,
  deskProjection,
  churnProjection,
  funnelProjection,
  lossReasonsProjection,
] as readonly Projection[];

export const viewNames: readonly string[] = projections.map(({ name }) => name);
