import { byTime } from '#relationship/read-side.js';
import type { Measures } from '../projection.js';
import { type Emit, later, millisBetween } from '../shared/contributing.js';
import type { DealEvent } from '../shared/deal-events.js';
import type { DealHistory, StageInterval } from '../shared/deal-history.js';

const ofStage = ['stage'];
export const flowDimensions: Measures = {
  ...{ entered: ofStage, 're-entered': ofStage, left: ['how', 'stage'], 'left-ms': ofStage, 'left-before': ofStage },
  ...{ 'moved-on-later': ofStage, 'stage-won': ofStage, 'stage-lost': ofStage },
};

/**
 * What became of all deals that ever entered a stage, whether they are still open or not, so that no survivor is counted alone; credited as
 * of the first entry.
 * `entered` counts deals, `re-entered` the stays after their first, `left` stays that ended, with `how`: `on` (the first time that the deal
 * moved further or was won), `lost`, `back`, `again`. `moved-on-later`: deals that moved further from elsewhere. `left-ms`: milliseconds of the
 * stays that ended; `left-before`: those that the clocks ended before they began. `stage-won`, `stage-lost`: taken back by a reopening.
 */
export const stageFlow = (emit: Emit, history: DealHistory, order: readonly string[]): void => {
  const firsts = new Map<string, StageInterval>();
  for (const interval of history.intervals) if (!firsts.has(interval.stage)) firsts.set(interval.stage, interval);
  for (const first of firsts.values()) oneStage(emit, history, first, order);
};

function oneStage(emit: Emit, history: DealHistory, first: StageInterval, order: readonly string[]): void {
  const { stage, entry } = first;
  const add = (measure: string, at: string, amount: number, event: string) => emit({ measure, stage }, entry.at, at, amount, event);
  const on = movedOn(history, first, order);
  let counted = false;
  for (const stay of history.intervals) {
    if (stay.stage !== stage) continue;
    add(stay === first ? 'entered' : 're-entered', stay.entry.at, 1, stay.entry.event);
    if (!stay.leave) continue;
    const at = later(stay.entry.at, stay.leave.at);
    const how = howLeft(stay, stay.leave, on, order);
    counted ||= how === 'on';
    emit({ measure: 'left', how, stage }, entry.at, at, 1, stay.leave.event);
    if (stay.leave.at < stay.entry.at) add('left-before', at, 1, stay.leave.event);
    add('left-ms', at, millisBetween(stay.entry.at, stay.leave.at), stay.leave.event);
  }
  if (on && !counted) add('moved-on-later', later(on.at, entry.at), 1, on.event);
  for (const { end, undone } of history.closings) {
    if (undone && undone.at <= entry.at) continue;
    const measure = end.kind === 'won' ? 'stage-won' : 'stage-lost';
    add(measure, later(end.at, entry.at), 1, end.event);
    if (undone) add(measure, undone.at, -1, undone.event);
  }
}

function howLeft(
  { stage }: StageInterval,
  leave: DealEvent,
  on: DealEvent | undefined,
  order: readonly string[],
): 'on' | 'lost' | 'back' | 'again' {
  if (leave === on) return 'on';
  if (leave.kind === 'lost') return 'lost';
  return leave.kind === 'won' || ('stage' in leave && order.indexOf(leave.stage) > order.indexOf(stage)) ? 'again' : 'back';
}

/** Moved further or was won, ever. Stages that the funnel does not know count as before its first. */
function movedOn(history: DealHistory, from: StageInterval, order: readonly string[]): DealEvent | undefined {
  const place = order.indexOf(from.stage);
  const after = history.intervals.slice(history.intervals.indexOf(from) + 1).find(({ stage }) => order.indexOf(stage) > place)?.entry;
  const won = history.closings.find(({ end, undone }) => end.kind === 'won' && (!undone || undone.at > from.entry.at))?.end;
  if (!after || !won) return after ?? won;
  return won.at < after.at ? won : after;
}

export const passedDimensions: Measures = { 'passed-over': ofStage };

/** `passed-over`: stages that a deal is beyond without having entered them: before one that it ever entered, or all while it is won. */
export function passedOver(emit: Emit, { intervals, closings }: DealHistory, order: readonly string[]): void {
  const entered = new Set<string>();
  const passed = new Set<string>();
  let furthest = -1;
  let won = false;
  for (const { dealEvent, stage, wins } of stepsOf(intervals, closings)) {
    if (stage !== undefined) entered.add(stage);
    if (stage !== undefined) furthest = Math.max(furthest, order.indexOf(stage));
    won = wins ?? won;
    for (const [place, skipped] of order.entries()) {
      const beyond = !entered.has(skipped) && (won || place < furthest);
      if (beyond === passed.has(skipped)) continue;
      if (beyond) passed.add(skipped);
      else passed.delete(skipped);
      emit({ measure: 'passed-over', stage: skipped }, dealEvent.at, dealEvent.at, beyond ? 1 : -1, dealEvent.event);
    }
  }
}

interface Step {
  readonly dealEvent: DealEvent;
  readonly stage?: string;
  /** That the deal is won from here on, or no longer. */
  readonly wins?: boolean;
}

/** In order of time. */
function stepsOf(intervals: DealHistory['intervals'], closings: DealHistory['closings']): readonly Step[] {
  const entries = intervals.map(({ stage, entry }): Step => ({ dealEvent: entry, stage }));
  const turns = closings.flatMap(({ end, undone }): readonly Step[] => {
    if (end.kind !== 'won') return [];
    return undone
      ? [
          { dealEvent: end, wins: true },
          { dealEvent: undone, wins: false },
        ]
      : [{ dealEvent: end, wins: true }];
  });
  if (turns.length === 0) return entries;
  return [...entries, ...turns].sort((one, other) => byTime(one.dealEvent, other.dealEvent));
}
