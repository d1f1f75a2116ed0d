/** A list that only grows and shares all but its last piece with the list before. Plain JSON. */
export type Chunks<Item> = readonly (readonly Item[])[];

/** An event writes the last piece anew, with all that is in it; each of the others costs a row once. */
const CHUNK = 8;

export const emptyChunks: Chunks<never> = [];

export const appended = <Item>(chunks: Chunks<Item>, item: Item): Chunks<Item> => {
  const grown = chunks.slice();
  const last = grown.length - 1;
  if (last >= 0 && grown[last]!.length < CHUNK) grown[last] = [...grown[last]!, item];
  else grown.push([item]);
  return grown;
};

export const lengthOf = <Item>(chunks: Chunks<Item>): number =>
  chunks.length === 0 ? 0 : (chunks.length - 1) * CHUNK + chunks.at(-1)!.length;

export const itemAt = <Item>(chunks: Chunks<Item>, place: number): Item | undefined => chunks[Math.floor(place / CHUNK)]?.[place % CHUNK];

/** Copies the one piece that the place lies in. */
export const replacedAt = <Item>(chunks: Chunks<Item>, place: number, item: Item): Chunks<Item> => {
  const piece = Math.floor(place / CHUNK);
  return chunks.with(piece, chunks[piece]!.with(place % CHUNK, item));
};
