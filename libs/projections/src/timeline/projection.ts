import { RELATIONSHIP } from '#relationship/streams.js';
import type { Projection } from '../projection.js';
import { entriesFor, kindByType } from './entry.js';

/** One entry an event, never coalesced: ten changes in a minute are ten entries, exact duplicates stay, and so does what was retracted. */
export const timelineProjection: Projection<never> = {
  name: 'timeline',
  category: RELATIONSHIP,
  version: 8,
  handles: [...kindByType.keys()],
  policies: [],
  entries: { fields: ['kind', 'channel', 'type', 'recordedAt'], of: entriesFor },
};
