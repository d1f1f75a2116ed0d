import type { PolicyHistory } from '#relationship/facts.js';
import { dayName } from '../days.js';
import type { Contribution } from '../projection.js';
import { departure, type LadderDocument } from './evidence.js';
import { dayIndex } from './purchases.js';
import { rungTimeline } from './rung-timeline.js';
import { rungName } from './rungs.js';

/**
 * `on-rung`: +1 where a customer comes to a rung, −1 where it is left, lapses that lie in the future included, so that the sum up to any day
 * says who is where on it. `move`: one step from rung to rung on its day. A record that is merged away or erased is on no rung.
 */
export const occupancyOf = ({ evidence }: LadderDocument, policies: PolicyHistory): readonly Contribution[] => {
  const gone = departure(evidence);
  const steps = rungTimeline(evidence, policies);
  const out: Contribution[] = [];
  const add = (rung: number, at: number, amount: 1 | -1, events: readonly string[]) =>
    out.push({ series: { measure: 'on-rung', rung: rungName(rung) }, day: dayName(dayIndex(at)), amount, events });
  let former: number | undefined;
  for (const { from, rung, because, events } of steps) {
    if (gone && from >= gone.at) break;
    add(rung, from, 1, because);
    if (former !== undefined) {
      add(former, from, -1, events);
      const series = { measure: 'move', from: rungName(former), to: rungName(rung) };
      out.push({ series, day: dayName(dayIndex(from)), amount: 1, events: [...new Set([...events, ...because])] });
    }
    former = rung;
  }
  if (gone && former !== undefined) add(former, gone.at, -1, [gone.event]);
  return out;
};
