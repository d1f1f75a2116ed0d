import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../event-handlers.js';
import type { Projection } from '../projection.js';
import { deskContributions, deskMeasures } from './contributions.js';
import { type DeskDocument, emptyDesk } from './document.js';
import { deskHandlers } from './handlers.js';
import { deskRows } from './rows.js';

export const deskProjection: Projection<DeskDocument> = {
  name: 'desk',
  category: RELATIONSHIP,
  version: 15,
  handles: Object.keys(deskHandlers),
  policies: [],
  document: {
    init: emptyDesk,
    apply: applyWith<DeskDocument>(deskHandlers),
    indexes: [],
    fields: () => ({}),
  },
  rows: {
    indexes: [
      ['curatorId', 'itemKind', 'dueAt', 'closedAt', 'openedAt', 'state'],
      ['curatorId', 'itemKind', 'closedAt', 'openedAt'],
    ],
    derivations: deskRows,
  },
  contributions: deskContributions,
  measures: deskMeasures,
};
