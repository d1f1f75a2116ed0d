/**
 * The one order of whatever changes in time, in decisions and views alike: by when it was true, and at the same instant by when it was
 * recorded. Items come in the order of recording.
 */
export interface Since {
  /** From when on it is true, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

/** A customer is known from the recording of the registration on at the latest, whatever the sender's clock said. */
export const knownFrom = ({ occurredAt, recordedAt }: { readonly occurredAt: string; readonly recordedAt?: string }): string =>
  recordedAt !== undefined && recordedAt < occurredAt ? recordedAt : occurredAt;

/** To sort by; of the same instant all stay in the order in which they come. */
export const byTime = (one: Since, other: Since): number => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0);

/** ISO 8601 in UTC with milliseconds, or milliseconds since 1970. */
type Instant = string | number;

/** Behind all that was true by then. */
export const inTime = <Item extends { readonly at: Instant }>(items: readonly Item[], item: Item): readonly Item[] =>
  items.toSpliced(begunBy(items, item.at, atOf), 0, item);

/** What holds at an instant. */
export const heldAt = <Item extends Since>(items: readonly Item[], instant: string): Item | undefined =>
  items[begunBy(items, instant, atOf) - 1];

/** Where only what holds last is kept. */
export const later = <Item extends Since>(held: Item | undefined, item: Item): Item =>
  held === undefined || held.at <= item.at ? item : held;

/** What began each stretch of time in which the same was true. What was replaced at the instant at which it began was never true. */
export const runsOf = <Item extends Since>(items: readonly Item[], same: (one: Item, other: Item) => boolean): readonly Item[] => {
  const runs: Item[] = [];
  for (const [place, item] of items.entries()) {
    if (items[place + 1]?.at === item.at) continue;
    const before = runs.at(-1);
    if (before === undefined || !same(before, item)) runs.push(item);
  }
  return runs;
};

/** How many of them begin by then. */
const begunBy = <Item>(items: readonly Item[], instant: Instant, atOf: (item: Item) => Instant): number => {
  let [from, to] = [0, items.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((atOf(items[middle] as Item) as number) <= (instant as number)) from = middle + 1;
    else to = middle;
  }
  return from;
};

const atOf = ({ at }: { readonly at: Instant }): Instant => at;

/** The same for a long history: an item more copies one block and the list of blocks, not all that came before it. */
export type History<Item extends { readonly at: Instant }> = readonly (readonly Item[])[];

const BLOCK = 128;

export const noHistory: History<never> = [];

export const extended = <Item extends { readonly at: Instant }>(history: History<Item>, item: Item): History<Item> => {
  const place = Math.max(0, blockOf(history, item.at));
  const block = inTime(history[place] ?? [], item);
  if (block.length <= BLOCK) return history.toSpliced(place, 1, block);
  // Most come last: then the blocks before stay full.
  const half = place === history.length - 1 ? BLOCK : BLOCK / 2;
  return history.toSpliced(place, 1, block.slice(0, half), block.slice(half));
};

/** Only where there is such an item at that instant. */
export const replacedIn = <Item extends Since>(
  history: History<Item>,
  instant: string,
  wanted: (item: Item) => boolean,
  change: (item: Item) => Item,
): History<Item> => {
  for (let place = blockOf(history, instant); place >= 0; place--) {
    const block = history[place]!;
    const at = block.findLastIndex((item) => item.at === instant && wanted(item));
    if (at >= 0) return history.with(place, block.with(at, change(block[at]!)));
    if (block[0]!.at < instant) break;
  }
  return history;
};

export const heldIn = <Item extends Since>(history: History<Item>, instant: string): Item | undefined =>
  heldAt(history[blockOf(history, instant)] ?? [], instant);

/** What holds at an instant of that which is looked for. */
export const lastIn = <Item extends Since>(history: History<Item>, instant: string, wanted: (item: Item) => boolean): Item | undefined => {
  for (let place = blockOf(history, instant); place >= 0; place--) {
    const found = history[place]?.findLast((item) => item.at <= instant && wanted(item));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The last that begins by then; -1 where none does. */
const blockOf = <Item extends { readonly at: Instant }>(history: History<Item>, instant: Instant): number =>
  begunBy(history, instant, ([first]) => (first as Item).at) - 1;
