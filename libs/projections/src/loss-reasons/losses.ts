import { dayOf } from '../days.js';
import { BLANK } from '../funnel/contributing.js';
import { type BookedDeal, standingOf } from '../funnel/deal-book.js';
import { storyOf } from '../funnel/deal-story.js';
import type { Contribution } from '../projection.js';

/**
 * `losses` and `lost-value` are history: a reopening leaves them. `standing` and `standing-value` are taken back by it. All come apart
 * by reason, stage at the loss, curator then, source and segment; value is what was expected at the loss.
 */
export const lossesOf = (deal: BookedDeal): readonly Contribution[] => {
  const out: Contribution[] = [];
  const standing = standingOf(deal);
  for (const { end, undone } of storyOf(deal.facts).closings) {
    if (end.kind !== 'lost') continue;
    const { reason, stage, value, at, event } = end;
    const portion = { curator: standing.curatorAt(at) ?? BLANK, segment: standing.segment ?? BLANK, source: standing.source ?? BLANK };
    const dimensions = { reason, stage, ...portion };
    const add = (measure: string, on: string, amount: number, by: string, currency?: string) =>
      out.push({ series: { measure, ...(currency && { currency }), ...dimensions }, day: dayOf(on), amount, events: [by] });
    add('losses', at, 1, event);
    add('standing', at, 1, event);
    if (undone) add('standing', undone.at, -1, undone.event);
    if (!value || value.minor === 0) continue;
    add('lost-value', at, value.minor, event, value.currency);
    add('standing-value', at, value.minor, event, value.currency);
    if (undone) add('standing-value', undone.at, -value.minor, undone.event, value.currency);
  }
  return out;
};
