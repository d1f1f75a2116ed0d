/** Where two lists begin and cease to differ; items that are not the same object may still be the `same`. */
export function differing<Item>(before: readonly Item[], after: readonly Item[], same?: (a: Item, b: Item) => boolean) {
  let start = 0;
  let [endBefore, endAfter] = [before.length, after.length];
  const isSame = (a: Item, b: Item) => a === b || same?.(a, b) === true;
  while (start < endBefore && start < endAfter && isSame(before[start]!, after[start]!)) start++;
  while (endBefore > start && endAfter > start && isSame(before[endBefore - 1]!, after[endAfter - 1]!)) {
    endBefore--;
    endAfter--;
  }
  return { start, endBefore, endAfter };
}

/** Where two lists of blocks differ, in order. Of as many blocks each is compared with the one in its place. */
export function differingBlocks(before: readonly unknown[], after: readonly unknown[]): readonly ReturnType<typeof differing>[] {
  if (before === after) return [];
  if (before.length !== after.length) return [differing(before, after)];
  const found: ReturnType<typeof differing>[] = [];
  for (let i = 0; i < after.length; i++) if (before[i] !== after[i]) found.push({ start: i, endBefore: i + 1, endAfter: i + 1 });
  return found;
}

export const joined = <Item>(blocks: readonly (readonly Item[])[], start: number, end: number): readonly Item[] =>
  end - start === 1 ? blocks[start]! : blocks.slice(start, end).flat();
