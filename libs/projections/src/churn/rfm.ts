import type { ChurnFigures } from './figures.js';

/** 1 (worst) to 5 (best) among customers with a purchase that stands; money by currency, for it is never added across them. */
export interface RfmScores {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: Readonly<Record<string, number>>;
}

/** All values of the company in order, the worst first. */
export interface RfmScale {
  readonly recency: Float64Array;
  readonly frequency: Float64Array;
  readonly monetary: ReadonlyMap<string, Float64Array>;
}

/** Recency: days since the last purchase. Frequency: purchase days. Monetary: value net of returns. */
export const rfmScale = (customers: readonly ChurnFigures[]): RfmScale => {
  const buyers = customers.filter(({ buying }) => buying !== null);
  const monetary = new Map<string, number[]>();
  for (const { value } of buyers)
    for (const [currency, minor] of Object.entries(value)) {
      const values = monetary.get(currency);
      if (values) values.push(minor);
      else monetary.set(currency, [minor]);
    }
  return {
    recency: Float64Array.from(buyers, recencyOf).sort(),
    frequency: Float64Array.from(buyers, ({ purchaseDays }) => purchaseDays).sort(),
    monetary: new Map([...monetary].map(([currency, values]) => [currency, Float64Array.from(values).sort()])),
  };
};

/**
 * Quintiles by value, not by rank: one more than five times the share of customers who are strictly worse, so equal values get equal
 * scores and a fifth need not hold a fifth of the customers.
 */
export const rfmOf = (figures: ChurnFigures, { recency, frequency, monetary }: RfmScale): RfmScores | null =>
  figures.buying && {
    recency: score(recency, recencyOf(figures)),
    frequency: score(frequency, figures.purchaseDays),
    monetary: Object.fromEntries(
      Object.entries(figures.value).map(([currency, minor]) => [currency, score(monetary.get(currency) ?? new Float64Array(), minor)]),
    ),
  };

/** The longer ago the worse. */
function recencyOf({ buying }: ChurnFigures): number {
  return -(buying?.daysSinceLast ?? 0);
}

function score(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted.length === 0 ? 1 : Math.min(5, 1 + Math.floor((5 * low) / sorted.length));
}
