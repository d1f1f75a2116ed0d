import { RELATIONSHIP } from '#relationship/streams.js';
import type { Projection } from '../projection.js';
import { kindByType, placeOf } from './entry.js';

/** One entry an event, never coalesced: ten changes in a minute are ten entries, exact duplicates stay. */
export const timelineProjection: Projection<never> = {
  name: 'timeline',
  category: RELATIONSHIP,
  version: 6,
  handles: [...kindByType.keys()],
  policies: [],
  entries: { fields: ['kind', 'channel', 'type', 'recordedAt'], of: (event) => [placeOf(event)] },
};
