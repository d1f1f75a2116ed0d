import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChurnFigures, RfmScores } from './answer-schema.js';

/** What has to be exceeded for each score above 1. */
type Bounds = readonly number[];

export interface RfmScale {
  readonly recency: Bounds;
  readonly frequency: Bounds;
  readonly monetary: ReadonlyMap<string, Bounds>;
}

interface Values {
  /** NaN for one who holds no active purchase, and is not scored. */
  readonly daysSinceLast: Float32Array;
  readonly purchaseDays: Float32Array;
  /** By the place of the currency; NaN without money in it. */
  readonly value: readonly Float64Array[];
}

/** Recency: days since the last purchase, the longer ago the worse. Frequency: purchase days. Monetary: value net of returns. */
export const scaleOf = async (currencies: readonly string[], { daysSinceLast, purchaseDays, value }: Values): Promise<RfmScale> => {
  const bounds = (values: ArrayLike<number>, sign = 1) => boundsOf(scored(values, daysSinceLast, sign));
  const monetary = new Map<string, Bounds>();
  for (const [place, currency] of currencies.entries()) {
    monetary.set(currency, bounds(value[place]!));
    await nextTurn();
  }
  return { recency: bounds(daysSinceLast, -1), frequency: bounds(purchaseDays), monetary };
};

/** Of those who hold an active purchase. */
function scored(values: ArrayLike<number>, daysSinceLast: Float32Array, sign: number): Float64Array {
  const found = new Float64Array(values.length);
  let many = 0;
  for (let at = 0; at < values.length; at++)
    if (!Number.isNaN(daysSinceLast[at]!) && !Number.isNaN(values[at]!)) found[many++] = sign * values[at]!;
  return found.subarray(0, many);
}

/**
 * Quintiles by value, not by rank: a score is one more than five times the share of customers who are strictly worse, so equal values get
 * equal scores and a fifth need not hold a fifth of the customers.
 */
function boundsOf(values: Float64Array): Bounds {
  if (values.length === 0) return [];
  let from = 0;
  return [1, 2, 3, 4].map((worse) => {
    const place = Math.ceil((worse * values.length) / 5) - 1;
    select(values, place, from);
    from = place;
    return values[place]!;
  });
}

/** Moves what sorting would move to the place there, none larger before it and none smaller behind it (Hoare's quickselect); `from` on. */
function select(values: Float64Array, place: number, from: number): void {
  for (let to = values.length - 1; from < to; ) {
    const pivot = values[(from + to) >> 1]!;
    let [left, right] = [from, to];
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const moved = values[left]!;
      values[left++] = values[right]!;
      values[right--] = moved;
    }
    if (place <= right) to = right;
    else if (place >= left) from = left;
    else return;
  }
}

export function scoreIn(bounds: Bounds = [], value: number): number {
  let score = 1;
  for (const bound of bounds) if (value > bound) score++;
  return score;
}

type Scored = Pick<ChurnFigures, 'purchaseDays' | 'value'> & {
  readonly buying: Pick<NonNullable<ChurnFigures['buying']>, 'daysSinceLast'> | null;
};

/** Null for one who holds no active purchase. */
export const rfmOf = ({ buying, purchaseDays, value }: Scored, { recency, frequency, monetary }: RfmScale): RfmScores | null =>
  buying && {
    recency: scoreIn(recency, -buying.daysSinceLast),
    frequency: scoreIn(frequency, purchaseDays),
    monetary: Object.fromEntries(Object.entries(value).map(([currency, minor]) => [currency, scoreIn(monetary.get(currency), minor)])),
  };
