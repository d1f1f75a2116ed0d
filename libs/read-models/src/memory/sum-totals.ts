import { type ExactSum, exactSum } from '../exact-sum.js';
import { compareText } from '../order.js';
import type { Total, TotalEntry, TotalsQuery } from '../read-model-store.js';

export type HeldEntry = Omit<TotalEntry, 'amount'> & { readonly amount: ExactSum };

export function sumTotals(entries: Iterable<HeldEntry>, { prefix = '', from, to, knownTo, by }: TotalsQuery): readonly Total[] {
  const sums = new Map<string, { series: string; day?: string; amount: ExactSum }>();
  for (const { series, day, known, amount } of entries) {
    const outside =
      !series.startsWith(prefix) ||
      (from !== undefined && day < from) ||
      (to !== undefined && day > to) ||
      (knownTo !== undefined && known > knownTo);
    if (outside) continue;
    const place = by === 'day' ? JSON.stringify([series, day]) : series;
    const sum = sums.get(place);
    if (sum) sum.amount = exactSum(sum.amount, amount);
    else sums.set(place, { series, ...(by === 'day' && { day }), amount });
  }
  return [...sums.values()]
    .filter(({ amount }) => amount !== 0)
    .map((sum) => ({ ...sum, amount: Number(sum.amount) }))
    .sort((a, b) => compareText(a.series, b.series) || compareText(a.day ?? '', b.day ?? ''));
}
