import { daysBetween } from '../days.js';
import { type DealStory, standingClosing } from './deal-story.js';

/** How long a deal took, in broken days of 24 hours: negative when it was won before it was opened, or a stay left before it began. */
export interface Duration {
  /** Undefined: from opening to win. */
  readonly stage?: string;
  readonly days: number;
  readonly events: readonly string[];
}

/** Of the win that stands, and of every stay that ended. */
export const durationsIn = (story: DealStory): readonly Duration[] => {
  const { opened, visits } = story;
  const end = standingClosing(story)?.end;
  const stays = visits.flatMap(({ stage, entry, leave }) =>
    leave ? [{ stage, days: daysBetween(entry.at, leave.at), events: [entry.event, leave.event] }] : [],
  );
  if (!opened || end?.kind !== 'won') return stays;
  return [{ days: daysBetween(opened.at, end.at), events: [opened.event, end.event] }, ...stays];
};

/** As `eventsBehind` knows it. */
export const durationSeries = (stage: string | undefined, negative?: 'yes' | 'no') => ({
  measure: stage === undefined ? 'took-to-win' : 'stayed',
  ...(stage !== undefined && { stage }),
  ...(negative !== undefined && { negative }),
});
