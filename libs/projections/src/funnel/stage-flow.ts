import { byTime } from '#relationship/facts.js';
import { type Emit, later, millisBetween } from '../shared/contributing.js';
import type { DealFact } from '../shared/deal-facts.js';
import type { DealStory, Visit } from '../shared/deal-story.js';

/**
 * What became of all deals that ever entered a stage, whether they are still open or not, so that no survivor is counted alone; credited as
 * of the first entry.
 * `entered` counts deals, `left` stays that ended, and says `how`: `on` (the first time that the deal went further or was won), `lost`,
 * `back`, `again`. `moved-on-later`: deals that went further from elsewhere. `left-ms`: milliseconds of the stays that ended; `left-before`:
 * those that the clocks ended before they began. `stage-won`, `stage-lost`: taken back by a reopening.
 */
export const stageFlow = (emit: Emit, story: DealStory, order: readonly string[]): void => {
  const firsts = new Map<string, Visit>();
  for (const visit of story.visits) if (!firsts.has(visit.stage)) firsts.set(visit.stage, visit);
  for (const first of firsts.values()) oneStage(emit, story, first, order);
};

function oneStage(emit: Emit, story: DealStory, first: Visit, order: readonly string[]): void {
  const { stage, entry } = first;
  const add = (measure: string, at: string, amount: number, event: string) => emit({ measure, stage }, entry.at, at, amount, event);
  const on = movedOn(story, first, order);
  let counted = false;
  for (const stay of story.visits) {
    if (stay.stage !== stage) continue;
    if (stay === first) add('entered', stay.entry.at, 1, stay.entry.event);
    if (!stay.leave) continue;
    const at = later(stay.entry.at, stay.leave.at);
    const how = howLeft(stay, stay.leave, on, order);
    counted ||= how === 'on';
    emit({ measure: 'left', how, stage }, entry.at, at, 1, stay.leave.event);
    if (stay.leave.at < stay.entry.at) add('left-before', at, 1, stay.leave.event);
    add('left-ms', at, millisBetween(stay.entry.at, stay.leave.at), stay.leave.event);
  }
  if (on && !counted) add('moved-on-later', later(on.at, entry.at), 1, on.event);
  for (const { end, undone } of story.closings) {
    if (undone && undone.at <= entry.at) continue;
    const measure = end.kind === 'won' ? 'stage-won' : 'stage-lost';
    add(measure, later(end.at, entry.at), 1, end.event);
    if (undone) add(measure, undone.at, -1, undone.event);
  }
}

function howLeft({ stage }: Visit, leave: DealFact, on: DealFact | undefined, order: readonly string[]): 'on' | 'lost' | 'back' | 'again' {
  if (leave === on) return 'on';
  if (leave.kind === 'lost') return 'lost';
  return leave.kind === 'won' || ('stage' in leave && order.indexOf(leave.stage) > order.indexOf(stage)) ? 'again' : 'back';
}

/** Went further or was won, ever. Stages that the funnel does not know stand before its first. */
function movedOn(story: DealStory, from: Visit, order: readonly string[]): DealFact | undefined {
  const place = order.indexOf(from.stage);
  const after = story.visits.slice(story.visits.indexOf(from) + 1).find(({ stage }) => order.indexOf(stage) > place)?.entry;
  const won = story.closings.find(({ end, undone }) => end.kind === 'won' && (!undone || undone.at > from.entry.at))?.end;
  if (!after || !won) return after ?? won;
  return won.at < after.at ? won : after;
}

/** `passed-over`: stages that a deal is beyond without having entered them: before one that it ever entered, or all while it is won. */
export function passedOver(emit: Emit, { visits, closings }: DealStory, order: readonly string[]): void {
  const entered = new Set<string>();
  const passed = new Set<string>();
  let furthest = -1;
  let won = false;
  for (const { fact, stage, wins } of stepsOf(visits, closings)) {
    if (stage !== undefined) entered.add(stage);
    if (stage !== undefined) furthest = Math.max(furthest, order.indexOf(stage));
    won = wins ?? won;
    for (const [place, skipped] of order.entries()) {
      const beyond = !entered.has(skipped) && (won || place < furthest);
      if (beyond === passed.has(skipped)) continue;
      if (beyond) passed.add(skipped);
      else passed.delete(skipped);
      emit({ measure: 'passed-over', stage: skipped }, fact.at, fact.at, beyond ? 1 : -1, fact.event);
    }
  }
}

interface Step {
  readonly fact: DealFact;
  readonly stage?: string;
  /** That the deal is won from here on, or no longer. */
  readonly wins?: boolean;
}

/** In order of time. */
function stepsOf(visits: DealStory['visits'], closings: DealStory['closings']): readonly Step[] {
  const entries = visits.map(({ stage, entry }): Step => ({ fact: entry, stage }));
  const turns = closings.flatMap(({ end, undone }): readonly Step[] => {
    if (end.kind !== 'won') return [];
    return undone
      ? [
          { fact: end, wins: true },
          { fact: undone, wins: false },
        ]
      : [{ fact: end, wins: true }];
  });
  if (turns.length === 0) return entries;
  return [...entries, ...turns].sort((one, other) => byTime(one.fact, other.fact));
}
