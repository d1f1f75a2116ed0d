import { heldAt } from '#relationship/facts.js';
import type { Money } from '../money.js';
import type { Emit } from '../shared/contributing.js';
import type { DealStory } from '../shared/deal-story.js';

/** `value`: expected value of the open deals by stage and currency; added where a deal comes to be, taken away where it ceases. */
export const stageValue = (emit: Emit, { visits, values }: DealStory): void => {
  if (values.length === 0) return;
  for (const { stage, entry, leave } of visits) {
    if (leave && leave.at <= entry.at) continue;
    const put = (value: Money | undefined, sign: 1 | -1, at: string, event: string) =>
      value && value.minor !== 0 && emit({ measure: 'value', currency: value.currency, stage }, entry.at, at, sign * value.minor, event);
    let present = heldAt(values, entry.at)?.value;
    put(present, 1, entry.at, entry.event);
    for (const { at, event, value } of values) {
      if (at <= entry.at || (leave && at >= leave.at)) continue;
      put(present, -1, at, event);
      put(value, 1, at, event);
      present = value;
    }
    if (leave) put(present, -1, leave.at, leave.event);
  }
};
