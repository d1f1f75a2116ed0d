import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../facts.js';
import { customerHandlers, type DealBook, emptyBook, withFact } from '../funnel/deal-book.js';
import { openingAndClosingHandlers } from '../funnel/deal-handlers.js';
import { ofEachDeal } from '../funnel/each-deal.js';
import type { Projection } from '../projection.js';
import { lossesOf } from './losses.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers(withFact) };

export const lossReasonsProjection: Projection<DealBook> = {
  name: 'loss-reasons',
  category: RELATIONSHIP,
  version: 7,
  handles: Object.keys(handlers),
  policies: [],
  document: { init: emptyBook, apply: applyWith<DealBook>(handlers), indexes: [], fields: () => ({}) },
  contributions: [ofEachDeal(lossesOf)],
};
