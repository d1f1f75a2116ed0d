import type { PolicyHistory } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { dayName } from '../days.js';
import type { Contribution } from '../projection.js';
import { departureOf } from '../shared/departure.js';
import { type Applied, timesApplied } from '../shared/roles.js';
import type { BlockSummary, LadderDocument } from './evidence.js';
import { stepsApplied, sweep } from './rung-timeline.js';
import { rungName } from './rungs.js';

/**
 * `on-rung`: +1 where a customer reaches a rung, −1 where it is left, future lapses included, so that the sum up to any day
 * says who is where on it. `move`: one step from rung to rung on its day. A record is on no rung while its role has none, and from the merge or
 * the erasure on.
 */
export const occupancyOf = (
  { evidence, merged, erased, roles }: LadderDocument,
  policies: PolicyHistory,
  summaries: readonly BlockSummary[],
): readonly Contribution[] => {
  const { dayNumberAt } = calendarOf(policies);
  const departure = departureOf({ merged, erased });
  const { steps } = sweep(evidence, policies, undefined, summaries);
  const out: Contribution[] = [];
  const add = (rung: number, at: number, amount: 1 | -1, events: readonly string[]) =>
    out.push({ series: { measure: 'on-rung', rung: rungName(rung) }, day: dayName(dayNumberAt(at)), amount, events });
  const untilDeparture = (time: Applied): readonly Applied[] => {
    if (!departure || time.to <= departure.at) return [time];
    return time.from < departure.at ? [{ ...time, to: departure.at, endedBy: departure.event }] : [];
  };
  for (const time of timesApplied(policies, 'ladder', { roles }).flatMap(untilDeparture)) {
    const applied = stepsApplied(steps, time);
    for (const [place, { from, rung, because, events }] of applied.entries()) {
      const former = applied[place - 1]?.rung;
      add(rung, from, 1, because);
      if (former === undefined) continue;
      add(former, from, -1, events);
      const series = { measure: 'move', from: rungName(former), to: rungName(rung) };
      out.push({ series, day: dayName(dayNumberAt(from)), amount: 1, events: [...new Set([...events, ...because])] });
    }
    const last = applied.at(-1);
    if (last && time.endedBy !== undefined) add(last.rung, Date.parse(time.to), -1, [time.endedBy]);
  }
  return out;
};
