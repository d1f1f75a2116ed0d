import type { RowRange } from '#relationship';

/**
 * Commands of rows of one import, by ranges: neighbours take the room of one. What is added is merged with what is there when that is of
 * like size, so adding costs the same however much is known.
 */
export function createKnownRows() {
  /** By index, the largest first: each ascending, without overlaps. */
  const known = new Map<number, RowRange[][]>();
  return {
    add(ranges: readonly RowRange[]): void {
      for (const [index, of] of Map.groupBy(ranges, (range) => range.index)) {
        const levels = known.get(index) ?? [];
        let level = merged(of);
        while ((levels.at(-1)?.length ?? Number.POSITIVE_INFINITY) <= level.length * 2) level = merged([...(levels.pop() ?? []), ...level]);
        levels.push(level);
        known.set(index, levels);
      }
    },
    has: (index: number, row: number): boolean => known.get(index)?.some((level) => includes(level, row)) ?? false,
    hasAny: (row: number, upTo = Number.POSITIVE_INFINITY): boolean =>
      known.size > 0 && known.entries().some(([index, levels]) => index <= upTo && levels.some((level) => includes(level, row))),
  };
}

function includes(ranges: readonly RowRange[], row: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const { from, to } = ranges[middle]!;
    if (row < from) high = middle - 1;
    else if (row > to) low = middle + 1;
    else return true;
  }
  return false;
}

/** Sorted by index and row; those that overlap or touch are one. */
export function merged(ranges: readonly RowRange[]): RowRange[] {
  const result: RowRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.index - b.index || a.from - b.from)) {
    const last = result.at(-1);
    if (last && last.index === range.index && range.from <= last.to + 1)
      result[result.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}
