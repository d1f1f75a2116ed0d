import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../facts.js';
import type { Projection } from '../projection.js';
import { customerHandlers, type DealBook, emptyBook, withFact } from '../shared/deal-book.js';
import { openingAndClosingHandlers } from '../shared/deal-handlers.js';
import { ofEachDeal } from '../shared/each-deal.js';
import { lossesOf } from './losses.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers(withFact) };

export const lossReasonsProjection: Projection<DealBook> = {
  name: 'loss-reasons',
  category: RELATIONSHIP,
  version: 8,
  handles: Object.keys(handlers),
  policies: [],
  document: { init: emptyBook, apply: applyWith<DealBook>(handlers), indexes: [], fields: () => ({}) },
  contributions: [ofEachDeal(lossesOf)],
};
