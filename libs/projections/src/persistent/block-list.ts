/** A list in blocks that shares all but the blocks that changed with the list before. Plain JSON. */
export type BlockList<Item> = readonly (readonly Item[])[];

/** Items of a block of a list that only grows; one in order of time is a `History`. */
const BLOCK = 128;

export const emptyBlocks: BlockList<never> = [];

export const appended = <Item>(list: BlockList<Item>, item: Item): BlockList<Item> => {
  const grown = list.slice();
  const last = grown.length - 1;
  if (last >= 0 && grown[last]!.length < BLOCK) grown[last] = [...grown[last]!, item];
  else grown.push([item]);
  return grown;
};

export const lengthOf = <Item>(list: BlockList<Item>): number => (list.length === 0 ? 0 : (list.length - 1) * BLOCK + list.at(-1)!.length);

export const itemAt = <Item>(list: BlockList<Item>, index: number): Item | undefined => list[Math.floor(index / BLOCK)]?.[index % BLOCK];

/** Copies the one block that the index lies in. */
export const replacedAt = <Item>(list: BlockList<Item>, index: number, item: Item): BlockList<Item> => {
  const block = Math.floor(index / BLOCK);
  return list.with(block, list[block]!.with(index % BLOCK, item));
};

/**
 * Derives something of each block, and keeps it for as long as the block itself is kept, for blocks are never changed. The last block of a list,
 * which hardly ever comes again, is derived each time.
 */
export const byBlock = <Item, Derived, Context = undefined>(derive: (block: readonly Item[], context: Context) => Derived) => {
  const known = new WeakMap<readonly Item[], { readonly context: Context; readonly derived: Derived }>();
  return (list: BlockList<Item>, context: Context): readonly Derived[] =>
    list.map((block, i) => {
      if (i === list.length - 1) return derive(block, context);
      const before = known.get(block);
      if (before && before.context === context) return before.derived;
      const derived = derive(block, context);
      known.set(block, { context, derived });
      return derived;
    });
};

/** Derives something of a list, and keeps it for as long as the list is kept. What is derived of one block costs less than to keep it. */
export const memoized = <Item, Derived extends object>(
  derive: (list: BlockList<Item>) => Derived,
): ((list: BlockList<Item>) => Derived) => {
  const known = new WeakMap<BlockList<Item>, Derived>();
  return (list) => {
    if (list.length < 2) return derive(list);
    const before = known.get(list);
    if (before) return before;
    const derived = derive(list);
    known.set(list, derived);
    return derived;
  };
};
