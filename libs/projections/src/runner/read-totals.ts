import { compareText } from '#read-models/order.js';
import type { ReadModelStore, Total, TotalsQuery } from '#read-models/read-model-store.js';
import { type Build, collectionsOf, partitionsOf } from './build.js';

/** Those of all partitions as those of one, in the order that the store answers them in. */
export async function readTotals(store: Pick<ReadModelStore, 'totals'>, build: Build, query: TotalsQuery): Promise<readonly Total[]> {
  const parts = await Promise.all(partitionsOf(build).map((partition) => store.totals(collectionsOf(build, partition).totals, query)));
  return parts.length === 1 ? parts[0]! : sumOf(parts.flat());
}

/** What is beyond exact numbers stays so, whatever is taken away from it: nobody knows by how much it is rounded. */
function added(a: number, b: number): number {
  const sum = a + b;
  return Number.isSafeInteger(a) && Number.isSafeInteger(b) ? sum : Math.sign(sum) * Math.max(Math.abs(sum), Number.MAX_SAFE_INTEGER + 1);
}

function sumOf(totals: readonly Total[]): readonly Total[] {
  const sums = new Map<string, Total>();
  for (const total of totals) {
    const place = `${total.series}\n${total.day ?? ''}`;
    sums.set(place, { ...total, amount: added(sums.get(place)?.amount ?? 0, total.amount) });
  }
  return [...sums.values()]
    .filter(({ amount }) => amount !== 0)
    .sort((a, b) => compareText(a.series, b.series) || compareText(a.day ?? '', b.day ?? ''));
}
