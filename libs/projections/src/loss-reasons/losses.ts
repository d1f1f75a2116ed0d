import { dayOf } from '../days.js';
import type { Contribution } from '../projection.js';
import { portionOf } from '../shared/contributing.js';
import { type BookedDeal, standingsOf } from '../shared/deal-book.js';
import { storyOf } from '../shared/deal-story.js';

/**
 * `losses` and `lost-value` are history: a reopening leaves them. `standing` and `standing-value` are taken back by it. All come apart
 * by reason, and by stage, curator, source and segment at the loss; value is what was expected then.
 */
export const lossesOf = (deal: BookedDeal): readonly Contribution[] => {
  const out: Contribution[] = [];
  const standingAt = standingsOf(deal);
  for (const { end, undone } of storyOf(deal.facts).closings) {
    if (end.kind !== 'lost') continue;
    const { reason, stage, value, at, event } = end;
    const dimensions = { reason, stage, ...portionOf(standingAt(at)) };
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
