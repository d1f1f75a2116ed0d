/** A list that only grows and shares all but its last piece with the list before. Plain JSON. */
export type Chunks<Item> = readonly (readonly Item[])[];

const CHUNK = 64;

export const emptyChunks: Chunks<never> = [];

export const appended = <Item>(chunks: Chunks<Item>, item: Item): Chunks<Item> => {
  const grown = chunks.slice();
  const last = grown.length - 1;
  if (last >= 0 && grown[last]!.length < CHUNK) grown[last] = [...grown[last]!, item];
  else grown.push([item]);
  return grown;
};
