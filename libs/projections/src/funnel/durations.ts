import type { Dated } from '../shared/deal-events.js';
import { activeClosing, type DealHistory } from '../shared/deal-history.js';

/** How long a deal took: no time when the clocks say that it was won before it was opened, or a stay left before it began. */
export interface Duration {
  /** Undefined: from opening to win. */
  readonly stage?: string;
  readonly from: string;
  readonly until: string;
  readonly reversed: boolean;
}

/** Of the active win, and of every stay that ended. */
export const durationsIn = (history: DealHistory): readonly Duration[] => {
  const { opened, intervals } = history;
  const end = activeClosing(history)?.end;
  const stays = intervals.flatMap(({ stage, entry, leave }) => (leave ? [{ stage, ...between(entry, leave) }] : []));
  if (!opened || end?.kind !== 'won') return stays;
  return [between(opened, end), ...stays];
};

function between(began: Dated, ended: Dated): Duration {
  const reversed = ended.at < began.at;
  return { from: began.at, until: reversed ? began.at : ended.at, reversed };
}
