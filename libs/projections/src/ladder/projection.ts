import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../facts.js';
import type { Projection } from '../projection.js';
import { emptyLadder, type LadderDocument, ladderHandlers } from './evidence.js';
import { occupancyOf } from './occupancy.js';

export const ladderProjection: Projection<LadderDocument> = {
  name: 'ladder',
  category: RELATIONSHIP,
  version: 8,
  handles: Object.keys(ladderHandlers),
  policies: ['ladder'],
  document: { init: emptyLadder, apply: applyWith<LadderDocument>(ladderHandlers), indexes: [], fields: () => ({}) },
  contributions: [{ of: occupancyOf }],
};
