import { exact } from '../exact.js';
import type { Trace } from './trace.js';

/** Net of returns, minor units by currency. */
export interface SpendDay {
  readonly day: number;
  readonly spend: Readonly<Record<string, number>>;
}

/** The purchase days that stand on a day, in order, and how many purchases they hold. */
export function spendByDay({ purchases }: Trace, day: number): { readonly days: readonly SpendDay[]; readonly purchases: number } {
  const days: { day: number; spend: Record<string, number> }[] = [];
  let count = 0;
  for (const [from, to, currency, minor, returns] of purchases.flat()) {
    if (from > day || (to !== null && to <= day)) continue;
    count++;
    const last = days.at(-1);
    const { spend } = last?.day === from ? last : days[days.push({ day: from, spend: {} }) - 1]!;
    spend[currency] = exact((spend[currency] ?? 0) + (minor - returned(returns, day)), `of purchases in ${currency}`);
  }
  return { days, purchases: count };
}

/** A currency of which no purchase stands and no money was kept is left out: who gave everything back is no customer in it. */
export function valueOn({ purchases }: Trace, day: number): Record<string, number> {
  const value: Record<string, number> = {};
  for (const [from, to, currency, minor, returns] of purchases.flat()) {
    if (from > day) continue;
    const net = minor - returned(returns, day);
    if (net !== 0 || to === null || to > day) value[currency] = exact((value[currency] ?? 0) + net, `of purchases in ${currency}`);
  }
  return value;
}

function returned(returns: readonly (readonly [number, number])[] | undefined, day: number): number {
  return returns?.reduce((sum, [on, minor]) => (on <= day ? sum + minor : sum), 0) ?? 0;
}

export const median = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
