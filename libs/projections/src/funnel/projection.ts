import { type PolicyHistory, policyVersion } from '#relationship/read-side.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { calendarOf } from '../calendar.js';
import { applyWith } from '../event-handlers.js';
import type { Contribution, Projection } from '../projection.js';
import { createAddends, dealWays, measuresIn } from '../shared/contributing.js';
import { openingAndClosingHandlers, progressHandlers } from '../shared/deal-handlers.js';
import { type DealHistory, historyOf } from '../shared/deal-history.js';
import {
  attributionOf,
  customerHandlers,
  type DealRecord,
  type DealsDocument,
  noDeals,
  turnsOf,
  withEvent,
} from '../shared/deals-document.js';
import { ofEachDeal } from '../shared/each-deal.js';
import { dealIndexes, storedRowOf } from './deal-row.js';
import { lossDimensions, losses } from './losses.js';
import { outcomeDimensions, outcomes } from './outcomes.js';
import { presentDimensions, presentStage } from './present-stage.js';
import { flowDimensions, passedDimensions, passedOver, stageFlow } from './stage-flow.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers(withEvent), ...progressHandlers(withEvent) };

/** The stages in the order of the funnel that the deal lives by. */
const orderOf = ({ opened }: DealHistory, policies: PolicyHistory): readonly string[] =>
  policyVersion(policies, 'funnel', opened?.funnelVersion ?? 1).document.stages;

/** Each way of an addend costs a row of totals a day, so nothing is added up in more ways than answers show it. */
const contributions = ofEachDeal((deal: DealRecord, policies: PolicyHistory): readonly Contribution[] => {
  const calendar = calendarOf(policies);
  const { to, moved, contributions: added } = createAddends(calendar);
  const history = historyOf(deal.dealEvents);
  const order = orderOf(history, policies);
  const { apart, labelled, byMonth, together } = dealWays(attributionOf(deal), history.opened?.labels ?? {}, calendar);
  presentStage(to(apart), moved(apart), history, turnsOf(deal));
  stageFlow(to(byMonth), history, order);
  passedOver(to(), history, order);
  outcomes(to(labelled), history);
  losses(to(together), history);
  return added();
});

export const funnelProjection: Projection<DealsDocument> = {
  name: 'funnel',
  category: RELATIONSHIP,
  version: 13,
  handles: Object.keys(handlers),
  policies: ['funnel'],
  document: { init: noDeals, apply: applyWith<DealsDocument>(handlers), indexes: [], fields: () => ({}) },
  rows: { indexes: dealIndexes, derivations: [ofEachDeal((deal) => [storedRowOf(deal)])] },
  contributions: [contributions],
  measures: {
    ...measuresIn('apart', presentDimensions),
    ...measuresIn('byMonth', flowDimensions),
    ...measuresIn('labelled', outcomeDimensions),
    ...measuresIn('together', lossDimensions),
    ...passedDimensions,
  },
};
