export const riskLevels = ['low', 'elevated', 'high'] as const;
export type RiskLevel = (typeof riskLevels)[number];

/** With a single purchase day there is no interval yet: elevated after half a year, high after one. */
const INTERVAL_OF_THE_FIRST = 365 / 3;
/** Somebody who buys daily is not lost after three days. */
const SHORTEST_INTERVAL = 14;
const ELEVATED = 1.5;
const HIGH = 3;

/**
 * A rule of thumb until a probability says better, from two ratios: days since the last purchase by the personal median interval,
 * and days of silence by the cadence norm. High: the purchase is 3 intervals away, or 1.5 and the silence is over the norm too.
 * Elevated: either alone (1.5 intervals; over the norm). Without a purchase the silence decides: over the norm elevated, over twice
 * the norm high.
 */
export const riskOf = (figures: {
  readonly daysSinceLast: number | null;
  readonly medianInterval: number | null;
  readonly silenceRatio: number | null;
}): RiskLevel => {
  const silence = figures.silenceRatio ?? 0;
  if (figures.daysSinceLast === null) return silence > 2 ? 'high' : silence > 1 ? 'elevated' : 'low';
  const interval = figures.medianInterval === null ? INTERVAL_OF_THE_FIRST : Math.max(SHORTEST_INTERVAL, figures.medianInterval);
  const purchase = figures.daysSinceLast / interval;
  if (purchase > HIGH || (purchase > ELEVATED && silence > 1)) return 'high';
  return purchase > ELEVATED || silence > 1 ? 'elevated' : 'low';
};
