import { type PolicyHistory, policyVersion } from '#relationship/facts.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { applyWith } from '../facts.js';
import type { Contribution, Projection } from '../projection.js';
import { brokenDown, plainly } from '../shared/contributing.js';
import { type BookedDeal, customerHandlers, type DealBook, emptyBook, standingsOf, withFact } from '../shared/deal-book.js';
import { openingAndClosingHandlers, progressHandlers } from '../shared/deal-handlers.js';
import { type DealStory, storyOf } from '../shared/deal-story.js';
import { ofEachDeal } from '../shared/each-deal.js';
import { dealIndexes, storedRowOf } from './deal-row.js';
import { outcomes } from './outcomes.js';
import { stageFlow } from './stage-flow.js';
import { stageValue } from './stage-value.js';

const handlers = { ...customerHandlers, ...openingAndClosingHandlers(withFact), ...progressHandlers(withFact) };

/** The stages in the order of the funnel that the deal lives by. */
export const orderOf = ({ opened }: DealStory, policies: PolicyHistory): readonly string[] =>
  policyVersion(policies, 'funnel', opened?.funnelVersion ?? 1).document.stages;

/**
 * Each series costs a stored document a customer, so nothing stands in two of them: stages by stage and cohort, outcomes by curator, source
 * and segment. Stages by curator, source or segment are told from the rows.
 */
const contributions = ofEachDeal((deal: BookedDeal, policies: PolicyHistory): readonly Contribution[] => {
  const out: Contribution[] = [];
  const story = storyOf(deal.facts);
  stageValue(plainly(out), story);
  stageFlow(plainly(out), story, orderOf(story, policies));
  outcomes(brokenDown(out, standingsOf(deal), story.opened?.labels ?? {}), story);
  return out.sort(byDay);
});
/** So that what a new fact adds stands at the end, where the runner looks first for a difference. */
const byDay = (a: Contribution, b: Contribution): number => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0);

export const funnelProjection: Projection<DealBook> = {
  name: 'funnel',
  category: RELATIONSHIP,
  version: 8,
  handles: Object.keys(handlers),
  policies: ['funnel'],
  document: { init: emptyBook, apply: applyWith<DealBook>(handlers), indexes: [], fields: () => ({}) },
  rows: { indexes: dealIndexes, derivations: [ofEachDeal((deal) => [storedRowOf(deal)])] },
  contributions: [contributions],
};
