import type { PolicyHistory } from '#relationship/facts.js';
import type { Contribution } from '../projection.js';
import type { ChurnDocument } from './document.js';
import { regimesOf } from './regimes.js';
import { union } from './spans.js';
import { median } from './spend.js';
import { during, type Standing, untilGone } from './standing.js';

const lapsed = { measure: 'lapsed' };

/**
 * Lapsed (churned): the last purchase is older than the larger of the ladder's window and its multiple of the personal median
 * interval, until the next purchase. Purchases that were taken back are no evidence.
 */
export const lapseContributions = (churn: ChurnDocument, kept: readonly Standing[], policies: PolicyHistory): readonly Contribution[] => {
  const found: Contribution[] = [];
  const regimes = regimesOf(policies, 'ladder');
  const days = kept.filter(({ from }, i) => from !== kept[i - 1]?.from);
  for (let i = 0; i < days.length; i++) {
    const [each, next] = [days[i]!, days[i + 1]];
    // Most intervals are shorter than any window: they need no median.
    if (next && regimes.every(({ document }) => next.from - each.from <= document.clientWithinDays)) continue;
    const interval = median(days.slice(1, i + 1).map(({ from }, j) => from - days[j]!.from)) ?? 0;
    const lapses = regimes.map(({ from, to, document: { clientWithinDays, clientIntervalFactor } }) => ({
      from: Math.max(from, each.from + Math.floor(Math.max(clientWithinDays, clientIntervalFactor * interval)) + 1),
      to: Math.min(to, next?.from ?? Number.POSITIVE_INFINITY),
    }));
    for (const span of untilGone(churn, union(lapses))) during(found, lapsed, span, each.purchase.event, span.gone ?? next?.purchase.event);
  }
  return found;
};
