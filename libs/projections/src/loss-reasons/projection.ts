import { applyWith } from '../facts.js';
import { bookedDeals, customerHandlers, type DealBook, emptyBook, oncePerDeal, openingAndClosingHandlers } from '../funnel/deal-book.js';
import type { Projection } from '../projection.js';
import { lossesOf } from './losses.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers };
const contributionsOf = oncePerDeal(lossesOf);

export const lossReasonsProjection: Projection<DealBook> = {
  name: 'loss-reasons',
  version: 1,
  handles: Object.keys(handlers),
  policies: [],
  document: { init: emptyBook, apply: applyWith<DealBook>(handlers), indexes: [], fields: () => ({}) },
  contributions: (book, policies) => bookedDeals(book).flatMap((deal) => contributionsOf(deal, policies)),
};
