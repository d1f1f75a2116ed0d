import { type DealStory, standingClosing } from './deal-story.js';

/** How long a deal took: less than no time when it was won before it was opened, or a stay left before it began. */
export interface Duration {
  /** Undefined: from opening to win. */
  readonly stage?: string;
  readonly from: string;
  readonly until: string;
  readonly events: readonly string[];
}

/** Of the win that stands, and of every stay that ended. */
export const durationsIn = (story: DealStory): readonly Duration[] => {
  const { opened, visits } = story;
  const end = standingClosing(story)?.end;
  const stays = visits.flatMap(({ stage, entry, leave }) =>
    leave ? [{ stage, from: entry.at, until: leave.at, events: [entry.event, leave.event] }] : [],
  );
  if (!opened || end?.kind !== 'won') return stays;
  return [{ from: opened.at, until: end.at, events: [opened.event, end.event] }, ...stays];
};

/** As `eventsBehind` knows it. */
export const durationSeries = (stage: string | undefined, negative?: 'yes' | 'no') => ({
  measure: stage === undefined ? 'took-to-win' : 'stayed',
  ...(stage !== undefined && { stage }),
  ...(negative !== undefined && { negative }),
});
