import { byBlock, memoized } from '../persistent/block-list.js';
import { type Span, union } from '../shared/spans.js';
import type { ChurnDocument, Purchase } from './document.js';
import { type Standing, standing } from './standing.js';

type Purchases = ChurnDocument['purchases'];

/** The days on which at least one purchase stands, as few spans as possible. */
export const existingIn = memoized((purchases: Purchases): readonly (Span & { readonly first: Standing; readonly last: Standing })[] =>
  union(spansIn(purchases, undefined).flat()).map(({ from, to, first, last }) => ({ from, to, first: first.first, last: last.last })),
);

const spansIn = byBlock((purchases: readonly Purchase[]) => union(purchases.map(standing)));

/** Of all purchases. */
export const purchaseDaysIn = memoized((purchases: Purchases) => purchaseDaysOf(daysIn(purchases, undefined).flat()));

const daysIn = byBlock((purchases: readonly Purchase[]) => purchaseDaysOf(purchases.map(standing)));

/** The purchase days in order. A day counts as long as one purchase of it stands; it is named by its first. */
const purchaseDaysOf = (purchases: readonly Standing[]): readonly Standing[] => {
  const days: Standing[] = [];
  for (const each of purchases) {
    const day = days.at(-1);
    if (day?.from !== each.from) days.push(each);
    else if (each.to > day.to) days[days.length - 1] = { ...each, purchase: day.purchase };
  }
  return days;
};

/** A purchase day that comes to stand, or ceases to. */
export interface Turn {
  readonly at: number;
  readonly day: Standing;
  readonly began: boolean;
  readonly event: string;
}

/** In order of time: between two turns nothing changes but the time that passes. A day that ends as another begins is ended first. */
export const turnsOf = (days: readonly Standing[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const day of days) {
    const { from, to, purchase, endedBy } = day;
    if (from >= to) continue;
    turns.push({ at: from, day, began: true, event: purchase.event });
    if (endedBy !== undefined) turns.push({ at: to, day, began: false, event: endedBy });
  }
  // Days come in order, and most never end.
  if (turns.every(({ began }) => began)) return turns;
  return turns.sort((a, b) => a.at - b.at || Number(a.began) - Number(b.began));
};

/** Keeps the days that stand, in order. */
export const turn = (standing: Standing[], { day, began }: Turn): void => {
  if (began) standing.push(day);
  else standing.splice(standing.lastIndexOf(day), 1);
};
