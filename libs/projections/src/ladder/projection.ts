import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../event-handlers.js';
import { ofBlocks, type Projection } from '../projection.js';
import { emptyLadder, type LadderDocument, ladderHandlers, summarised } from './evidence.js';
import { occupancyOf } from './occupancy.js';

export const ladderProjection: Projection<LadderDocument> = {
  name: 'ladder',
  category: RELATIONSHIP,
  version: 10,
  handles: Object.keys(ladderHandlers),
  policies: ['ladder'],
  document: { init: emptyLadder, apply: applyWith<LadderDocument>(ladderHandlers), indexes: [], fields: () => ({}) },
  contributions: [ofBlocks([summarised], occupancyOf)],
  measures: { 'on-rung': ['rung'], move: ['from', 'to'] },
};
