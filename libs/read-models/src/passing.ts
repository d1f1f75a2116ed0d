import { CheckpointMoved } from './errors.js';
import type { Position } from './position.js';
import type { ProjectionBatch } from './read-model-store.js';

/**
 * Whether the projection with the checkpoint `stored` has been taken over this batch already.
 * @param beside the checkpoint named by `unmoved`
 * @throws CheckpointMoved when one of the two is another than the batch says
 */
export const isPassed = ({ projection, position, after, unmoved }: ProjectionBatch, stored: Position, beside?: Position): boolean => {
  if (position === 'bulk-load') return false;
  if (after !== undefined && stored !== after) throw new CheckpointMoved(projection, after, stored);
  if (unmoved && beside !== unmoved.position) throw new CheckpointMoved(projection, unmoved.position, String(beside));
  return position !== 'unchanged' && position <= stored;
};
