import { type PolicyHistory, policyVersion } from '#relationship/facts.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../facts.js';
import type { Contribution, Projection } from '../projection.js';
import { brokenDown, byCohort, byLabel, emitTo, plainly, together } from '../shared/contributing.js';
import { type BookedDeal, customerHandlers, type DealBook, emptyBook, standingsOf, turnsOf, withFact } from '../shared/deal-book.js';
import { openingAndClosingHandlers, progressHandlers } from '../shared/deal-handlers.js';
import { type DealStory, storyOf } from '../shared/deal-story.js';
import { ofEachDeal } from '../shared/each-deal.js';
import { dealIndexes, storedRowOf } from './deal-row.js';
import { losses } from './losses.js';
import { outcomes } from './outcomes.js';
import { presentStage } from './present-stage.js';
import { passedOver, stageFlow } from './stage-flow.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers(withFact), ...progressHandlers(withFact) };

/** The stages in the order of the funnel that the deal lives by. */
const orderOf = ({ opened }: DealStory, policies: PolicyHistory): readonly string[] =>
  policyVersion(policies, 'funnel', opened?.funnelVersion ?? 1).document.stages;

/** Each addend costs a row of a document a customer, so nothing is added up in more ways than answers show it. */
const contributions = ofEachDeal((deal: BookedDeal, policies: PolicyHistory): readonly Contribution[] => {
  const out: Contribution[] = [];
  const story = storyOf(deal.facts);
  const order = orderOf(story, policies);
  const standingAt = standingsOf(deal);
  const parts = brokenDown(out, standingAt);
  presentStage(parts, story, turnsOf(deal));
  stageFlow(emitTo(parts.take, byCohort(out)), story, order);
  passedOver(emitTo(plainly(out)), story, order);
  outcomes(emitTo(parts.take, byLabel(out, story.opened?.labels ?? {})), story);
  losses(emitTo(parts.take, together(out, standingAt)), story);
  return out.sort(byDay);
});
/** So that what a new fact adds stands at the end, where the runner looks first for a difference. */
const byDay = (a: Contribution, b: Contribution): number => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0);

export const funnelProjection: Projection<DealBook> = {
  name: 'funnel',
  category: RELATIONSHIP,
  version: 9,
  handles: Object.keys(handlers),
  policies: ['funnel'],
  document: { init: emptyBook, apply: applyWith<DealBook>(handlers), indexes: [], fields: () => ({}) },
  rows: { indexes: dealIndexes, derivations: [ofEachDeal((deal) => [storedRowOf(deal)])] },
  contributions: [contributions],
};
