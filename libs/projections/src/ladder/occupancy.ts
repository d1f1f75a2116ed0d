import type { PolicyHistory } from '#relationship/read-side.js';
import { dayName } from '../days.js';
import type { Contribution } from '../projection.js';
import { departureOf } from '../shared/departure.js';
import type { BlockSummary, LadderDocument } from './evidence.js';
import { dayIndex } from './purchases.js';
import { sweep } from './rung-timeline.js';
import { rungName } from './rungs.js';

/**
 * `on-rung`: +1 where a customer reaches a rung, −1 where it is left, future lapses included, so that the sum up to any day
 * says who is where on it. `move`: one step from rung to rung on its day. A record that is merged away or erased is on no rung.
 */
export const occupancyOf = (
  { evidence, merged, erased }: LadderDocument,
  policies: PolicyHistory,
  summaries: readonly BlockSummary[],
): readonly Contribution[] => {
  const departure = departureOf({ merged, erased });
  const departedAt = departure ? Date.parse(departure.at) : Number.POSITIVE_INFINITY;
  const { steps } = sweep(evidence, policies, undefined, summaries);
  const out: Contribution[] = [];
  const add = (rung: number, at: number, amount: 1 | -1, events: readonly string[]) =>
    out.push({ series: { measure: 'on-rung', rung: rungName(rung) }, day: dayName(dayIndex(at)), amount, events });
  let former: number | undefined;
  for (const { from, rung, because, events } of steps) {
    if (from >= departedAt) break;
    add(rung, from, 1, because);
    if (former !== undefined) {
      add(former, from, -1, events);
      const series = { measure: 'move', from: rungName(former), to: rungName(rung) };
      out.push({ series, day: dayName(dayIndex(from)), amount: 1, events: [...new Set([...events, ...because])] });
    }
    former = rung;
  }
  if (departure && former !== undefined) add(former, departedAt, -1, [departure.event]);
  return out;
};
