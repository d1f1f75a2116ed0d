import { byTime, heldAt } from '#relationship/read-side.js';
import type { Measures } from '../projection.js';
import type { Emit } from '../shared/contributing.js';
import type { DealHistory } from '../shared/deal-history.js';
import type { Turn } from '../shared/deals-document.js';

export const presentDimensions: Measures = { 'in-stage-moved': ['stage'], value: ['currency', 'stage'] };

/**
 * The open deals in a stage: the stays that began less those that ended, which are credited as of the first entry. `in-stage-moved` brings
 * each to whom and what it counts for meanwhile, and back when it ends. `value` is their expected value by currency: added where it begins
 * to be that, taken away where it ends.
 */
export const presentStage = (
  add: Emit,
  movedFrom: (instant: string) => Emit,
  { intervals, values }: DealHistory,
  turns: readonly Turn[],
): void => {
  const changes: readonly (DealHistory['values'][number] | (Turn & { readonly kind?: undefined }))[] = [...values, ...turns].sort(byTime);
  const firstEntered = new Map<string, string>();
  for (const { stage, entry, leave } of intervals) {
    const first = firstEntered.get(stage) ?? entry.at;
    firstEntered.set(stage, first);
    if (leave && leave.at <= entry.at) continue;
    const present = { measure: 'in-stage-moved', stage };
    let credited = entry.at;
    let value = heldAt(values, entry.at)?.value;
    const worth = () => ({ measure: 'value', currency: value!.currency, stage });
    const put = (sign: 1 | -1, at: string, event: string) => {
      if (value && value.minor !== 0) add(worth(), credited, at, sign * value.minor, event);
    };
    movedFrom(first)(present, credited, entry.at, 1, entry.event);
    put(1, entry.at, entry.event);
    for (const change of changes) {
      const { at, event } = change;
      if (at <= entry.at || (leave && at >= leave.at)) continue;
      if (change.kind !== undefined) {
        put(-1, at, event);
        value = change.value;
        put(1, at, event);
        continue;
      }
      const move = movedFrom(credited);
      move(present, at, at, 1, event);
      if (value && value.minor !== 0) move(worth(), at, at, value.minor, event);
      credited = at;
    }
    if (!leave) continue;
    movedFrom(credited)(present, first, leave.at, 1, leave.event);
    put(-1, leave.at, leave.event);
  }
};
