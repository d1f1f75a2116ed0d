import type { Contribution } from '../projection.js';
import { seriesKey } from '../series.js';

/** What one customer's document adds to one series. */
export interface SeriesSum {
  readonly days: ReadonlyMap<string, number>;
  /** Ids of the events behind it, in order of appearance, each once. */
  readonly events: readonly string[];
}
export type Sums = ReadonlyMap<string, SeriesSum>;

export const noSums: Sums = new Map();

export function sumsOf(contributions: readonly Contribution[]): Sums {
  const sums = new Map<string, { days: Map<string, number>; events: Set<string> }>();
  for (const { series, day, amount, events } of contributions) {
    if (!Number.isSafeInteger(amount)) throw new InvalidContribution('an amount is no whole number');
    const key = seriesKey(series);
    let sum = sums.get(key);
    if (!sum) {
      sum = { days: new Map(), events: new Set() };
      sums.set(key, sum);
    }
    sum.days.set(day, (sum.days.get(day) ?? 0) + amount);
    for (const event of events) sum.events.add(event);
  }
  return new Map(sums.entries().map(([key, { days, events }]) => [key, { days, events: [...events] }]));
}

export class InvalidContribution extends Error {
  override readonly name = 'InvalidContribution';
}

/** Amounts that were learned on one day, by series and by day of validity and of knowledge. */
export type Deltas = Map<string, Map<string, number>>;

const SEPARATOR = ' ';
export const dayAndKnown = (place: string): readonly [day: string, known: string] => place.split(SEPARATOR) as [string, string];
export const placeOf = (day: string, known: string): string => `${day}${SEPARATOR}${known}`;

/** Adds `after − before` as learned on `known`. */
export function addDifference(deltas: Deltas, before: Sums, after: Sums, known: string): void {
  for (const [series, { days }] of after) {
    const former = before.get(series)?.days;
    if (former === days) continue;
    for (const [day, amount] of days) add(deltas, series, day, known, amount - (former?.get(day) ?? 0));
  }
  for (const [series, { days }] of before) {
    const present = after.get(series)?.days;
    for (const [day, amount] of days) if (!present?.has(day)) add(deltas, series, day, known, -amount);
  }
}

function add(deltas: Deltas, series: string, day: string, known: string, amount: number): void {
  if (amount === 0) return;
  let places = deltas.get(series);
  if (!places) {
    places = new Map();
    deltas.set(series, places);
  }
  addAmount(places, placeOf(day, known), amount);
}

export function addAmount(amounts: Map<string, number>, place: string, amount: number): void {
  const sum = (amounts.get(place) ?? 0) + amount;
  if (sum === 0) amounts.delete(place);
  else amounts.set(place, sum);
}

export function sameEvents(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((event, i) => event === b[i]);
}
