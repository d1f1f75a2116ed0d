import { CheckpointMoved } from './errors.js';
import type { Position } from './position.js';
import type { ProjectionBatch } from './read-model-store.js';

/**
 * Whether the projection that stands at `stored` has been taken over this batch already.
 * @throws CheckpointMoved when it stands elsewhere than where the batch goes on from
 */
export const isPassed = ({ projection, position, after }: ProjectionBatch, stored: Position): boolean => {
  if (position === 'unchanged' && after !== undefined && stored !== after) throw new CheckpointMoved(projection, after, stored);
  if (position === 'unchanged' || position === 'filling') return false;
  if (after !== undefined && stored !== after && stored !== position) throw new CheckpointMoved(projection, after, stored);
  return position <= stored;
};
