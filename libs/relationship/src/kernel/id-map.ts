/**
 * A map from ids to values that shares structure with the map before, so that an event of a customer with 10,000 others costs no
 * copy of them all. Plain JSON, because documents are stored as such. Its own order means nothing: sort what comes out.
 */
export type IdMap<Value> = Leaf<Value> | Branch<Value>;
type Leaf<Value> = readonly (readonly [id: string, value: Value])[];
interface Branch<Value> {
  readonly branches: readonly (IdMap<Value> | null)[];
}

const LEAF = 16;
const WIDTH = 16;
const BITS = 4;
const DEPTH = 8;

export const emptyIdMap: IdMap<never> = [];

export const getId = <Value>(map: IdMap<Value>, id: string): Value | undefined => {
  let node: IdMap<Value> | null | undefined = map;
  for (let code = isBranch(map) ? hash(id) : 0; node && isBranch(node); code >>>= BITS) node = node.branches[code % WIDTH];
  const leaf = (node ?? []) as Leaf<Value>;
  return leaf[place(leaf, id)]?.[1];
};

export const setId = <Value>(map: IdMap<Value>, id: string, value: Value): IdMap<Value> => put(map, id, value, undefined, 0);

export const deleteId = <Value>(map: IdMap<Value>, id: string): IdMap<Value> =>
  getId(map, id) === undefined ? map : remove(map, id, isBranch(map) ? hash(id) : 0);

export const idEntries = <Value>(map: IdMap<Value>): Leaf<Value> =>
  isBranch(map) ? map.branches.flatMap((branch) => (branch ? idEntries(branch) : [])) : map;

/** The entries in blocks, which stay the same objects as long as nothing in them changes. */
export const idBlocks = <Value>(map: IdMap<Value>): readonly Leaf<Value>[] =>
  isBranch(map) ? map.branches.flatMap((branch) => (branch ? idBlocks(branch) : [])) : [map];

export const idValues = <Value>(map: IdMap<Value>): Value[] => idEntries(map).map(([, value]) => value);

function put<Value>(map: IdMap<Value>, id: string, value: Value, code: number | undefined, depth: number): IdMap<Value> {
  if (isBranch(map)) {
    const own = code ?? hash(id);
    const at = own % WIDTH;
    const branches = map.branches.slice();
    branches[at] = put(branches[at] ?? [], id, value, own >>> BITS, depth + 1);
    return { branches };
  }
  const leaf = map.slice();
  const at = place(map, id);
  leaf[at < 0 ? leaf.length : at] = [id, value];
  return leaf.length > LEAF && depth < DEPTH ? split(leaf, depth) : leaf;
}

function place<Value>(leaf: Leaf<Value>, id: string): number {
  for (let at = 0; at < leaf.length; at++) if (leaf[at]![0] === id) return at;
  return -1;
}

function split<Value>(leaf: Leaf<Value>, depth: number): Branch<Value> {
  const branches = new Array<[string, Value][] | null>(WIDTH).fill(null);
  for (const [id, value] of leaf) {
    const at = (hash(id) >>> (BITS * depth)) % WIDTH;
    const branch = branches[at];
    if (branch) branch.push([id, value]);
    else branches[at] = [[id, value]];
  }
  return { branches };
}

function remove<Value>(map: IdMap<Value>, id: string, code: number): IdMap<Value> {
  if (!isBranch(map)) return map.filter(([known]) => known !== id);
  const at = code % WIDTH;
  const branches = map.branches.slice();
  branches[at] = remove(branches[at] ?? [], id, code >>> BITS);
  return { branches };
}

function isBranch<Value>(map: IdMap<Value>): map is Branch<Value> {
  return !Array.isArray(map);
}

/** FNV-1a, 32 bits. */
function hash(id: string): number {
  let code = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) code = Math.imul(code ^ id.charCodeAt(i), 0x01000193);
  return code >>> 0;
}
