import type { PolicyHistory } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import type { Contribution } from '../projection.js';
import { during, type Span, union } from '../shared/spans.js';
import { type ActivePurchase, untilDeparture } from './active-purchase.js';
import type { ChurnDocument } from './document.js';
import { median } from './figures.js';
import { type PurchaseBlock, purchaseDaysOf, turn, turnsOf } from './purchase-days.js';
import { regimesOf } from './regimes.js';

const lapsed = { measure: 'lapsed' };

interface Lapse extends Span {
  readonly beganBy: string;
  readonly endedBy: string | undefined;
}

/**
 * Lapsed (churned): the last purchase is older than the larger of the ladder's window and its multiple of the personal median
 * interval, until the next purchase; on every day by the purchases active then.
 */
export const lapseContributions = (
  churn: ChurnDocument,
  policies: PolicyHistory,
  blocks: readonly PurchaseBlock[],
): readonly Contribution[] => {
  const regimes = regimesOf(policies, 'ladder');
  const shortest = Math.min(...regimes.map(({ document }) => document.clientWithinDays));
  /** A median up to here makes no window longer. */
  const ordinary = Math.min(...regimes.map(({ document }) => document.clientWithinDays / document.clientIntervalFactor));
  const lapses: Lapse[] = [];
  const activeDays: ActivePurchase[] = [];
  const turns = turnsOf(purchaseDaysOf(blocks));
  for (const [i, each] of turns.entries()) {
    turn(activeDays, each);
    const next = turns[i + 1];
    const until = next?.at ?? Number.POSITIVE_INFINITY;
    const last = activeDays.at(-1);
    // Most intervals are shorter than any window: they need no median.
    if (!last || until - last.from <= shortest) continue;
    const interval = intervalOf(activeDays, ordinary);
    const spans = regimes.map(({ from, to, document: { clientWithinDays, clientIntervalFactor } }) => ({
      from: Math.max(from, each.at, last.from + Math.floor(Math.max(clientWithinDays, clientIntervalFactor * interval)) + 1),
      to: Math.min(to, until),
    }));
    for (const { from, to } of union(spans)) {
      const before = lapses.at(-1);
      const beganBy = before?.to === from ? lapses.pop()! : { from, beganBy: from === each.at ? each.event : last.purchase.event };
      lapses.push({ ...beganBy, to, endedBy: next?.event });
    }
  }
  const found: Contribution[] = [];
  for (const span of untilDeparture(churn, lapses, calendarOf(policies)))
    during(found, lapsed, span, span.beganBy, span.departedBy ?? span.endedBy);
  return found;
};

/** The median; 0 where most intervals are so ordinary that it makes no difference. */
function intervalOf(activeDays: readonly ActivePurchase[], ordinary: number): number {
  const intervals = activeDays.slice(1).map(({ from }, i) => from - activeDays[i]!.from);
  let short = 0;
  for (const interval of intervals) if (interval <= ordinary) short++;
  return short * 2 > intervals.length ? 0 : (median(Float64Array.from(intervals)) ?? 0);
}
