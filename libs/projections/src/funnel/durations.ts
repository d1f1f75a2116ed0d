import type { Calendar } from '../calendar.js';
import { later } from '../shared/contributing.js';
import type { Dated, DealEvent } from '../shared/deal-events.js';
import { type DealHistory, historyOf } from '../shared/deal-history.js';

/**
 * How long a deal took from opening to the active win, or a stay in a stage that ended; and the days from which and until which (exclusive) it
 * is so, by what was true then and by what was known then.
 */
export interface Duration {
  /** Undefined: from opening to win. */
  readonly stage?: string;
  /** `REVERSED` where the clocks say that the deal was won before it was opened, or that the stay ended before it began. */
  readonly millis: number;
  readonly from: number;
  /** Infinity where nothing takes it back. */
  readonly until: number;
  readonly knownFrom: number;
  readonly knownUntil: number;
}

/** It counts as no time. */
export const REVERSED = -1;

/**
 * For all days at once: up to a later day, a history only has more events at its end. Not so with an opening that other events come before:
 * until its day the history is another one.
 */
export const durationsOf = (dealEvents: readonly DealEvent[], calendar: Calendar): readonly Duration[] => {
  const { dayNumber } = calendar;
  const opened = dealEvents.find(({ kind }) => kind === 'opened');
  const all = durationsIn(historyOf(dealEvents), calendar);
  if (!opened || opened === dealEvents[0]) return all;
  const day = dayNumber(opened.at);
  const before = durationsIn(historyOf(dealEvents.filter(({ at }) => dayNumber(at) < day)), calendar);
  return [
    ...before.map((each) => ({ ...each, until: Math.min(each.until, day) })),
    ...all.map((each) => ({ ...each, from: Math.max(each.from, day) })),
  ].filter(({ from, until }) => from < until);
};

/** Whether events became known in the order in which they happened, so that what was known by a day is what was true by another. */
export const isKnownInOrder = (dealEvents: readonly DealEvent[], { dayOf }: Calendar): boolean =>
  dealEvents.every(({ kind, known }, i) => i === 0 || (kind !== 'opened' && dayOf(dealEvents[i - 1]!.known) <= dayOf(known)));

function durationsIn({ opened, intervals, closings }: DealHistory, { dayNumber }: Calendar): readonly Duration[] {
  const dated = (began: Dated, ended: Dated, undone?: Dated): Duration => ({
    millis: ended.at < began.at ? REVERSED : Date.parse(ended.at) - Date.parse(began.at),
    from: dayNumber(later(began.at, ended.at)),
    until: undone ? dayNumber(undone.at) : Number.POSITIVE_INFINITY,
    knownFrom: dayNumber(later(began.known, ended.known)),
    knownUntil: undone ? dayNumber(undone.known) : Number.POSITIVE_INFINITY,
  });
  return [
    ...intervals.flatMap(({ stage, entry, leave }) => (leave ? [{ stage, ...dated(entry, leave) }] : [])),
    ...(opened ? closings.flatMap(({ end, undone }) => (end.kind === 'won' ? [dated(opened, end, undone)] : [])) : []),
  ];
}
