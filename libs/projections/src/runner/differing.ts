/** Where two lists begin and cease to differ. */
export function differing<Item>(before: readonly Item[], after: readonly Item[], same: (a: Item, b: Item) => boolean) {
  let start = 0;
  let [endBefore, endAfter] = [before.length, after.length];
  while (start < endBefore && start < endAfter && same(before[start]!, after[start]!)) start++;
  while (endBefore > start && endAfter > start && same(before[endBefore - 1]!, after[endAfter - 1]!)) {
    endBefore--;
    endAfter--;
  }
  return { start, endBefore, endAfter };
}

export const isIdentical = (a: unknown, b: unknown): boolean => a === b;

/** Where two lists of blocks differ, in order. Of as many blocks each is compared with the one in its place. */
export function differingBlocks(before: readonly unknown[], after: readonly unknown[]): readonly ReturnType<typeof differing>[] {
  if (before.length !== after.length) return [differing(before, after, isIdentical)];
  const found: ReturnType<typeof differing>[] = [];
  for (let i = 0; i < after.length; i++) if (before[i] !== after[i]) found.push({ start: i, endBefore: i + 1, endAfter: i + 1 });
  return found;
}
