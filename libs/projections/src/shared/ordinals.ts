import { type IdMap, idValues } from '#relationship/kernel/id-map.js';
import { byTime } from '#relationship/read-side.js';

/** How many items of the document were recorded before it. */
export interface Ordinal {
  readonly ordinal: number;
}

/** What numbers its items in order of recording, which an id map does not keep. */
export interface Numbering {
  readonly nextOrdinal: number;
}

/** In order of a time of theirs, and of the same instant in order of recording. */
export const inOrderOf = <Item extends Ordinal>(items: readonly Item[], timeOf: (item: Item) => string): readonly Item[] =>
  items
    .map((item) => ({ at: timeOf(item), item }))
    .sort((one, other) => byTime(one, other) || one.item.ordinal - other.item.ordinal)
    .map(({ item }) => item);

/** The same of a map, as they are shown. */
export const listed = <Item extends object>(
  items: IdMap<Item & Ordinal>,
  timeOf: (item: Item) => string,
): readonly Omit<Item, 'ordinal'>[] => inOrderOf(idValues(items), timeOf).map(({ ordinal: _, ...item }) => item);
