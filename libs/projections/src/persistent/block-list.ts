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

/** Copies the one block that has the index. */
export const replacedAt = <Item>(list: BlockList<Item>, index: number, item: Item): BlockList<Item> => {
  const block = Math.floor(index / BLOCK);
  return list.with(block, list[block]!.with(index % BLOCK, item));
};
