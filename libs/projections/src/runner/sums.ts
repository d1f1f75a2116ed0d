import type { Contribution, Series } from '../projection.js';
import { seriesKey } from '../series.js';

/** Amounts to add, by series and by day of validity and of knowledge. */
export type Deltas = Map<string, Map<string, number>>;

const SEPARATOR = ' ';
export const dayAndKnown = (place: string): readonly [day: string, known: string] => {
  const at = place.indexOf(SEPARATOR);
  return [place.slice(0, at), place.slice(at + 1)];
};
export const placeOf = (day: string, known: string): string => `${day}${SEPARATOR}${known}`;

export class InvalidContribution extends Error {
  override readonly name = 'InvalidContribution';
}

/**
 * Adds `after − before` as learned on `known`. What stands the same at the beginning and at the end of both lists is passed over: views
 * list contributions in order, and an event changes few of many.
 */
export function addDifference(deltas: Deltas, before: readonly Contribution[], after: readonly Contribution[], known: string): void {
  let start = 0;
  let [endBefore, endAfter] = [before.length, after.length];
  while (start < endBefore && start < endAfter && same(before[start]!, after[start]!)) start++;
  while (endBefore > start && endAfter > start && same(before[endBefore - 1]!, after[endAfter - 1]!)) {
    endBefore--;
    endAfter--;
  }
  for (let i = start; i < endBefore; i++) add(deltas, before[i]!, known, -1);
  for (let i = start; i < endAfter; i++) add(deltas, after[i]!, known, 1);
}

function add(deltas: Deltas, { series, day, amount }: Contribution, known: string, sign: 1 | -1): void {
  if (!Number.isSafeInteger(amount)) throw new InvalidContribution('an amount is no whole number');
  if (amount !== 0) addAmount(placesOf(deltas, seriesKey(series)), placeOf(day, known), sign * amount);
}

export function placesOf(deltas: Deltas, series: string): Map<string, number> {
  let places = deltas.get(series);
  if (!places) {
    places = new Map();
    deltas.set(series, places);
  }
  return places;
}

export function addAmount(amounts: Map<string, number>, place: string, amount: number): void {
  const sum = (amounts.get(place) ?? 0) + amount;
  if (sum === 0) amounts.delete(place);
  else amounts.set(place, sum);
}

/** Others are taken away and added again, which comes to nothing: the first event tells most of them apart at once. */
function same(a: Contribution, b: Contribution): boolean {
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
