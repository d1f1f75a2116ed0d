import type { DealFact, EnteredFact, LostFact, OpenedFact, ValuedFact, WonFact } from './deal-facts.js';

/** A stay in a stage. `leave` may be before `entry`: a deal won before it was opened, or back-dated. */
export interface Visit {
  readonly stage: string;
  readonly entry: OpenedFact | EnteredFact;
  readonly leave?: DealFact;
}
/** Standing unless `undone`. */
export interface Closing {
  readonly end: WonFact | LostFact;
  readonly undone?: DealFact;
}
export interface DealStory {
  readonly opened?: OpenedFact;
  readonly visits: readonly Visit[];
  readonly closings: readonly Closing[];
  readonly values: readonly (OpenedFact | ValuedFact)[];
}

interface Draft {
  opened?: OpenedFact;
  visits: { stage: string; entry: OpenedFact | EnteredFact; leave?: DealFact }[];
  closings: { end: WonFact | LostFact; undone?: DealFact }[];
  values: (OpenedFact | ValuedFact)[];
}

/**
 * Only a reopening opens a closed deal: a stage entered, by its date, after the end was entered all the same, and left by that end.
 * The opening comes before all else, as in decisions: what is dated before it happened to a deal that was there.
 * Facts come in order of time.
 */
export const storyOf = (facts: readonly DealFact[]): DealStory => {
  const story: Draft = { visits: [], closings: [], values: [] };
  let closing: Draft['closings'][number] | undefined;
  for (const fact of openingFirst(facts)) {
    const visit = story.visits.at(-1);
    switch (fact.kind) {
      case 'opened':
        story.opened = fact;
        if (fact.value && !facts.some(({ kind, at }) => kind === 'valued' && at <= fact.at)) story.values.push(fact);
        enter(story, fact);
        break;
      case 'entered':
        if (closing) story.visits.push({ stage: fact.stage, entry: fact, leave: closing.end });
        else enter(story, fact);
        break;
      case 'reopened':
        if (closing) closing.undone = fact;
        closing = undefined;
        enter(story, fact);
        break;
      case 'valued':
        story.values.push(fact);
        break;
      case 'reassigned':
        break;
      default:
        if (closing) closing.undone = fact;
        else if (visit) visit.leave = fact;
        closing = { end: fact };
        story.closings.push(closing);
    }
  }
  return story;
};

function openingFirst(facts: readonly DealFact[]): readonly DealFact[] {
  const opening = facts.findIndex(({ kind }) => kind === 'opened');
  return opening <= 0 ? facts : [facts[opening]!, ...facts.slice(0, opening), ...facts.slice(opening + 1)];
}

function enter(story: Draft, entry: OpenedFact | EnteredFact): void {
  const visit = story.visits.at(-1);
  if (visit && !visit.leave && visit.stage === entry.stage) {
    if (entry.at < visit.entry.at) visit.entry = entry;
    return;
  }
  if (visit && !visit.leave) visit.leave = entry;
  story.visits.push({ stage: entry.stage, entry });
}

export const standingClosing = ({ closings }: Pick<DealStory, 'closings'>): Closing | undefined => {
  const last = closings.at(-1);
  return last && !last.undone ? last : undefined;
};
