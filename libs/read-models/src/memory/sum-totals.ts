import { compareText } from '../order.js';
import type { Total, TotalEntry, TotalsQuery } from '../read-model-store.js';

export function sumTotals(entries: Iterable<TotalEntry>, { prefix = '', from, to, knownTo, by }: TotalsQuery): readonly Total[] {
  const sums = new Map<string, { series: string; day?: string; amount: number }>();
  for (const { series, day, known, amount } of entries) {
    const outside =
      !series.startsWith(prefix) ||
      (from !== undefined && day < from) ||
      (to !== undefined && day > to) ||
      (knownTo !== undefined && known > knownTo);
    if (outside) continue;
    const place = by === 'day' ? JSON.stringify([series, day]) : series;
    const sum = sums.get(place);
    if (sum) sum.amount += amount;
    else sums.set(place, { series, ...(by === 'day' && { day }), amount });
  }
  return [...sums.values()]
    .filter(({ amount }) => amount !== 0)
    .sort((a, b) => compareText(a.series, b.series) || compareText(a.day ?? '', b.day ?? ''));
}
