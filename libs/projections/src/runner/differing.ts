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
