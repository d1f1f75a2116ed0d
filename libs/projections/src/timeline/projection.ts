import type { Projection } from '../projection.js';
import { entryRow, kindByType } from './entry.js';

/** One entry an event, never coalesced: ten changes in a minute are ten entries, exact duplicates stay. */
export const timelineProjection: Projection<never> = {
  name: 'timeline',
  version: 5,
  handles: [...kindByType.keys()],
  policies: [],
  entries: { indexes: [], fields: ['kind', 'channel', 'type', 'recordedAt'], of: (event) => [entryRow(event)] },
};
