import type { DealEvent, EnteredEvent, LostEvent, OpenedEvent, ValuedEvent, WonEvent } from './deal-events.js';

/** A stay in a stage. `leave` may be before `entry`: a deal won before it was opened, or back-dated. */
export interface StageInterval {
  readonly stage: string;
  readonly entry: OpenedEvent | EnteredEvent;
  readonly leave?: DealEvent;
}
/** Standing unless `undone`. */
export interface Closing {
  readonly end: WonEvent | LostEvent;
  readonly undone?: DealEvent;
}
export interface DealHistory {
  readonly opened?: OpenedEvent;
  readonly intervals: readonly StageInterval[];
  readonly closings: readonly Closing[];
  readonly values: readonly (OpenedEvent | ValuedEvent)[];
}

interface Draft {
  opened?: OpenedEvent;
  intervals: { stage: string; entry: OpenedEvent | EnteredEvent; leave?: DealEvent }[];
  closings: { end: WonEvent | LostEvent; undone?: DealEvent }[];
  values: (OpenedEvent | ValuedEvent)[];
}

/**
 * Only a reopening opens a closed deal: a stage entered, by its date, after the end was entered all the same, and left by that end.
 * The opening comes before all else, as in decisions: what is dated before it happened to a deal that was there.
 * Events come in order of time.
 */
export const historyOf = (dealEvents: readonly DealEvent[]): DealHistory => {
  const history: Draft = { intervals: [], closings: [], values: [] };
  let closing: Draft['closings'][number] | undefined;
  for (const dealEvent of openingFirst(dealEvents)) {
    const interval = history.intervals.at(-1);
    switch (dealEvent.kind) {
      case 'opened':
        history.opened = dealEvent;
        if (dealEvent.value && !dealEvents.some(({ kind, at }) => kind === 'valued' && at <= dealEvent.at)) history.values.push(dealEvent);
        enter(history, dealEvent);
        break;
      case 'entered':
        if (closing) history.intervals.push({ stage: dealEvent.stage, entry: dealEvent, leave: closing.end });
        else enter(history, dealEvent);
        break;
      case 'reopened':
        if (closing) closing.undone = dealEvent;
        closing = undefined;
        enter(history, dealEvent);
        break;
      case 'valued':
        history.values.push(dealEvent);
        break;
      case 'reassigned':
        break;
      default:
        if (closing) closing.undone = dealEvent;
        else if (interval) interval.leave = dealEvent;
        closing = { end: dealEvent };
        history.closings.push(closing);
    }
  }
  return history;
};

function openingFirst(dealEvents: readonly DealEvent[]): readonly DealEvent[] {
  const opening = dealEvents.findIndex(({ kind }) => kind === 'opened');
  return opening <= 0 ? dealEvents : [dealEvents[opening]!, ...dealEvents.slice(0, opening), ...dealEvents.slice(opening + 1)];
}

function enter(history: Draft, entry: OpenedEvent | EnteredEvent): void {
  const interval = history.intervals.at(-1);
  if (interval && !interval.leave && interval.stage === entry.stage) {
    if (entry.at < interval.entry.at) interval.entry = entry;
    return;
  }
  if (interval && !interval.leave) interval.leave = entry;
  history.intervals.push({ stage: entry.stage, entry });
}

export const activeClosing = ({ closings }: Pick<DealHistory, 'closings'>): Closing | undefined => {
  const last = closings.at(-1);
  return last && !last.undone ? last : undefined;
};
