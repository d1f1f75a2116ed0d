import type { Contribution, Series } from '../projection.js';
import { seriesKey } from '../series.js';
import { differing } from './differing.js';
import type { ToldPart } from './told.js';

/** What is added on a day of validity, as learned on a day. */
export type DatedAmount = [day: string, known: string, amount: number];

/** What one change of a customer adds, by series. */
export type Deltas = Map<string, DatedAmount[]>;

export class InvalidContribution extends Error {
  override readonly name = 'InvalidContribution';
}

/**
 * Adds `after − before` as learned on `known`. What stands the same at the beginning and at the end is passed over: views list their
 * contributions in an order that lasts, and an event changes few of many.
 */
export function addDifference(
  deltas: Deltas,
  before: ToldPart<Contribution> | undefined,
  after: ToldPart<Contribution>,
  known: string,
): void {
  if (before === after) return;
  const [former, present] = [before?.made ?? [], after.made];
  const { start, endBefore, endAfter } = differing(former, present, (a, b) => a === b);
  const [left, entered] = [joined(former, start, endBefore), joined(present, start, endAfter)];
  const within = differing(left, entered, sameContribution);
  for (let i = within.start; i < within.endBefore; i++) add(deltas, left[i]!, known, -1);
  for (let i = within.start; i < within.endAfter; i++) add(deltas, entered[i]!, known, 1);
}

function joined(lists: ToldPart<Contribution>['made'], start: number, end: number): readonly Contribution[] {
  return end - start === 1 ? lists[start]! : lists.slice(start, end).flat();
}

function add(deltas: Deltas, { series, day, amount }: Contribution, known: string, sign: 1 | -1): void {
  if (!Number.isSafeInteger(amount)) throw new InvalidContribution('an amount is no whole number');
  if (amount !== 0) addAmount(deltas, seriesKey(series), day, known, sign * amount);
}

/** Of those of one series, what was added last is what is likely to be taken back: to look no further only leaves both standing. */
const LOOK_BACK = 16;

export function addAmount(deltas: Deltas, series: string, day: string, known: string, amount: number): void {
  const amounts = deltas.get(series);
  if (!amounts) {
    deltas.set(series, [[day, known, amount]]);
    return;
  }
  for (let i = amounts.length - 1; i >= 0 && i >= amounts.length - LOOK_BACK; i--) {
    const each = amounts[i]!;
    if (each[0] !== day || each[1] !== known) continue;
    each[2] += amount;
    if (each[2] === 0) amounts.splice(i, 1);
    return;
  }
  amounts.push([day, known, amount]);
}

/** Amounts of many customers: one sum a series, day of validity and day of knowledge. */
export interface Sums {
  add(series: string, amounts: readonly (readonly [day: string, known: string, amount: number])[]): void;
  /** How many sums are not zero. */
  size(): number;
  entries(): Iterable<{ readonly series: string; readonly day: string; readonly known: string; readonly amount: number }>;
}

/** More than there are days from the year 1 to 9999. */
const DAYS = 2 ** 22;

export function createSums(): Sums {
  const all = new Map<string, Map<number, number>>();
  const numbers = new Map<string, number>();
  const days: string[] = [];
  let size = 0;

  function numberOf(day: string): number {
    const known = numbers.get(day);
    if (known !== undefined) return known;
    numbers.set(day, days.length);
    return days.push(day) - 1;
  }

  return {
    add(series, amounts) {
      let places = all.get(series);
      if (!places) {
        places = new Map();
        all.set(series, places);
      }
      for (const [day, known, amount] of amounts) {
        const place = numberOf(day) * DAYS + numberOf(known);
        const former = places.get(place) ?? 0;
        const sum = former + amount;
        if (former === 0) size++;
        if (sum === 0) {
          places.delete(place);
          size--;
        } else places.set(place, sum);
      }
    },
    size: () => size,
    *entries() {
      for (const [series, places] of all)
        for (const [place, amount] of places) yield { series, day: days[Math.floor(place / DAYS)]!, known: days[place % DAYS]!, amount };
    },
  };
}

/** Others are taken away and added again, which comes to nothing: the first event tells most of them apart at once. */
function sameContribution(a: Contribution, b: Contribution): boolean {
  return a === b || (a.amount === b.amount && a.day === b.day && a.events[0] === b.events[0] && sameSeries(a.series, b.series));
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
