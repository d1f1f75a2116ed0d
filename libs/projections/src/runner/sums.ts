import { dayName, dayNumber } from '../days.js';
import type { Contribution, Series, Way } from '../projection.js';
import { keysOf } from '../series.js';
import type { Memoized } from './derive.js';
import { differing, differingBlocks, joined } from './differing.js';

/** What is added on days of validity, as learned on days: `day, known, amount`, again and again. Days are counted from 1970-01-01. */
export type DatedAmounts = number[];

/** What one change of a subject adds, by series. */
export type Deltas = Map<string, DatedAmounts>;

export class InvalidContribution extends Error {
  override readonly name = 'InvalidContribution';
}

/**
 * Adds `after − before` as learned on `known`. What is the same at the beginning and at the end is skipped: views list their
 * contributions in an order that lasts, and an event changes few of many.
 */
export function addDifference(
  deltas: Deltas,
  before: Memoized<Contribution> | undefined,
  after: Memoized<Contribution>,
  known: number,
): void {
  if (before === after) return;
  if (!before) {
    for (const items of after.derived) for (const each of items) for (const one of each) add(deltas, one, known, 1);
    return;
  }
  const former = before.derived;
  for (const { start, endBefore, endAfter } of differingBlocks(former, after.derived))
    addDifferenceOfBlocks(deltas, joined(former, start, endBefore), joined(after.derived, start, endAfter), known);
}

type ByItem = readonly (readonly Contribution[])[];

function addDifferenceOfBlocks(deltas: Deltas, former: ByItem, present: ByItem, known: number): void {
  const { start, endBefore, endAfter } = differing(former, present);
  const [left, entered] = [joined(former, start, endBefore), joined(present, start, endAfter)];
  const within = differing(left, entered, sameContribution);
  for (let i = within.start; i < within.endBefore; i++) add(deltas, left[i]!, known, -1);
  for (let i = within.start; i < within.endAfter; i++) add(deltas, entered[i]!, known, 1);
}

function add(deltas: Deltas, contribution: Contribution, known: number, sign: 1 | -1): void {
  const { day, amount } = contribution;
  if (!Number.isSafeInteger(amount)) throw new InvalidContribution('an amount is not a whole number');
  const number = dayNumber(day);
  if (Number.isNaN(number)) throw new InvalidContribution('a day is not YYYY-MM-DD');
  if (amount !== 0) for (const series of keysOf(contribution)) addAmount(deltas, series, number, known, sign * amount);
}

/** Of those of one series, what was added last is what is likely to be taken back: to look no further only leaves both in place. */
const LOOK_BACK = 8;

export function addAmount(deltas: Deltas, series: string, day: number, known: number, amount: number): void {
  const amounts = deltas.get(series);
  if (!amounts) {
    deltas.set(series, [day, known, amount]);
    return;
  }
  for (let at = amounts.length - 3; at >= 0 && at >= amounts.length - 3 * LOOK_BACK; at -= 3) {
    if (amounts[at] !== day || amounts[at + 1] !== known) continue;
    const sum = amounts[at + 2]! + amount;
    if (!Number.isSafeInteger(sum)) break;
    if (sum === 0) amounts.splice(at, 3);
    else amounts[at + 2] = sum;
    return;
  }
  amounts.push(day, known, amount);
}

/** Amounts of many subjects: one sum a series, day of validity and day of knowledge. */
export interface Sums {
  add(series: string, amounts: Readonly<DatedAmounts>): void;
  /** How many sums are not zero. */
  size(): number;
  packed(): PackedSums;
  addPacked(sums: PackedSums): void;
  /** See `entriesOf`. */
  entries(): Iterable<SumEntry>;
}

export interface SumEntry {
  readonly series: string;
  readonly day: string;
  readonly known: string;
  readonly amount: number;
}

/** Sums in numbers alone, to be sent to another thread: the place of the series in the list, both days in one, the amount, again and again. */
export interface PackedSums {
  readonly series: readonly string[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** More than there are days from the year 1 to 9999, and from the year 1 to 1970. */
const DAYS = 2 ** 22;
const BEFORE_1970 = 720_000;
/** Both days in one number, in whose order they are the days in theirs. */
const placeOf = (day: number, known: number): number => (day + BEFORE_1970) * DAYS + known + BEFORE_1970;
const dayIn = (place: number): number => Math.floor(place / DAYS) - BEFORE_1970;
const knownIn = (place: number): number => (place % DAYS) - BEFORE_1970;

/** Numbers in a slot: of the series, of both days in one, and the sum. */
const SLOT = 3;

/**
 * A hash table with linear probing in one array of numbers: a build holds hundreds of thousands of sums, and as objects of their own they
 * would cost more to find, and to the garbage collector, than all the rest of it.
 */
export function createSums(): Sums {
  const numbers = new Map<string, number>();
  /** By number; 0 is an empty slot. */
  const names = [''];
  let slots = 64;
  let table = new Float64Array(slots * SLOT);
  let taken = 0;
  let size = 0;
  /** Slots of what could not be added to its sum exactly: the store adds it, in integers of 64 bits. */
  const apart: number[] = [];

  function numberOf(series: string): number {
    let number = numbers.get(series);
    if (number === undefined) {
      number = names.push(series) - 1;
      numbers.set(series, number);
    }
    return number;
  }

  /** The slot of the sum, or the one that it is to have. */
  function find(series: number, place: number): number {
    const day = Math.floor(place / DAYS);
    let hash = Math.imul(series, 0x9e3779b1) ^ Math.imul(day, 0x85ebca6b) ^ Math.imul(place - day * DAYS, 0xc2b2ae35);
    hash ^= hash >>> 15;
    for (let slot = hash & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * SLOT;
      if (table[at] === 0 || (table[at] === series && table[at + 1] === place)) return at;
    }
  }

  function addAt(series: number, place: number, amount: number): void {
    widenFor(1);
    const at = find(series, place);
    if (table[at] === 0) {
      table[at] = series;
      table[at + 1] = place;
      taken++;
    }
    const former = table[at + 2]!;
    const sum = former + amount;
    if (!Number.isSafeInteger(sum)) {
      apart.push(series, place, amount);
      return;
    }
    table[at + 2] = sum;
    if (former === 0) size++;
    if (sum === 0) size--;
  }

  function widenFor(more: number): void {
    if ((taken + more) * 4 < slots * 3) return;
    const former = table;
    while ((taken + more) * 4 >= slots * 3) slots *= 2;
    table = new Float64Array(slots * SLOT);
    for (let from = 0; from < former.length; from += SLOT) {
      if (former[from] === 0) continue;
      const at = find(former[from]!, former[from + 1]!);
      for (let i = 0; i < SLOT; i++) table[at + i] = former[from + i]!;
    }
  }

  return {
    add(series, amounts) {
      const number = numberOf(series);
      for (let i = 0; i < amounts.length; i += 3) addAt(number, placeOf(amounts[i]!, amounts[i + 1]!), amounts[i + 2]!);
    },
    size: () => size + apart.length / SLOT,
    packed() {
      const numbers = new Float64Array(size * SLOT + apart.length);
      let to = 0;
      for (let from = 0; from < table.length; from += SLOT) {
        if (table[from + 2] === 0) continue;
        for (let i = 0; i < SLOT; i++) numbers[to++] = table[from + i]!;
      }
      numbers.set(apart, to);
      return { series: names, numbers };
    },
    addPacked({ series, numbers: packed }) {
      const own = series.map(numberOf);
      widenFor(packed.length / SLOT);
      for (let at = 0; at < packed.length; at += SLOT) addAt(own[packed[at]!]!, packed[at + 1]!, packed[at + 2]!);
    },
    entries() {
      return entriesOf(this.packed());
    },
  };
}

/** Those that are not zero, in order; several of the same days where one number could not hold them. */
export function* entriesOf({ series: names, numbers }: PackedSums): Iterable<SumEntry> {
  // Series by series, so that only the few sums of one are compared.
  const bySeries = names.map((): number[] => []);
  for (let at = 0; at < numbers.length; at += SLOT) bySeries[numbers[at]!]!.push(at);
  const byName = names.map((_, number) => number).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const days = new Map<number, string>();
  const nameOf = (day: number) => {
    const name = days.get(day) ?? dayName(day);
    days.set(day, name);
    return name;
  };
  for (const number of byName) {
    for (const at of bySeries[number]!.sort((a, b) => numbers[a + 1]! - numbers[b + 1]!)) {
      const place = numbers[at + 1]!;
      yield { series: names[number]!, day: nameOf(dayIn(place)), known: nameOf(knownIn(place)), amount: numbers[at + 2]! };
    }
  }
}

/** What was summed up apart, as if it had been together. */
export function joinedSums(all: readonly PackedSums[]): PackedSums {
  if (all.length === 1) return all[0]!;
  const sums = createSums();
  for (const each of all) sums.addPacked(each);
  return sums.packed();
}

/** Others are taken away and added again, which adds up to nothing: the first event distinguishes most of them at once. */
function sameContribution(a: Contribution, b: Contribution): boolean {
  return (
    a === b ||
    (a.amount === b.amount && a.day === b.day && a.events[0] === b.events[0] && sameSeries(a.series, b.series) && sameWays(a.ways, b.ways))
  );
}

function sameWays(a: readonly Way[] = [], b: readonly Way[] = []): boolean {
  return a.length === b.length && a.every(({ suffix, members }, i) => suffix === b[i]!.suffix && sameSeries(members, b[i]!.members));
}

function sameSeries(a: Series, b: Series): boolean {
  if (a === b) return true;
  let names = 0;
  for (const name in a) {
    if (a[name] !== b[name]) return false;
    names++;
  }
  for (const _ in b) names--;
  return names === 0;
}
