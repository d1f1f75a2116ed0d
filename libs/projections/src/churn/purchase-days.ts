import { calendarOf } from '../calendar.js';
import type { Contribution, Summaries } from '../projection.js';
import { during, type Span, union } from '../shared/spans.js';
import { type ActivePurchase, activePurchase } from './active-purchase.js';
import type { ChurnDocument, Purchase } from './document.js';

/** A day counts as long as one purchase of it is active; it is named by its first. */
export interface PurchaseDay extends ActivePurchase {
  readonly counted: readonly Contribution[];
}

/** Days on which at least one purchase is active, as few spans as possible. */
interface Existing extends Span {
  readonly first: ActivePurchase;
  readonly last: ActivePurchase;
}

export interface PurchaseBlock {
  readonly days: readonly PurchaseDay[];
  readonly existing: readonly Existing[];
}

export const purchaseBlocks: Summaries<ChurnDocument, readonly Purchase[], PurchaseBlock> = {
  list: ({ purchases }) => purchases,
  of(block, _, policies) {
    const calendar = calendarOf(policies);
    const purchases = block.map((purchase) => activePurchase(purchase, calendar));
    return { days: daysOf(purchases), existing: union(purchases) };
  },
};

/** In order. */
export const purchaseDaysOf = (blocks: readonly PurchaseBlock[]): readonly PurchaseDay[] =>
  blocks.length === 1 ? blocks[0]!.days : daysOf(blocks.flatMap(({ days }) => days));

export const existingOf = (blocks: readonly PurchaseBlock[]): readonly Existing[] =>
  union(blocks.flatMap(({ existing }) => existing)).map(({ from, to, first, last }) => ({ from, to, first: first.first, last: last.last }));

function daysOf(purchases: readonly (ActivePurchase | PurchaseDay)[]): readonly PurchaseDay[] {
  const days: (ActivePurchase | PurchaseDay)[] = [];
  for (const each of purchases) {
    const { from, to, endedBy } = each;
    const day = days.at(-1);
    if (day?.from !== from) days.push(each);
    else if (to > day.to) days[days.length - 1] = { purchase: day.purchase, from, to, ...(endedBy !== undefined && { endedBy }) };
  }
  return days.map(counted);
}

function counted(day: ActivePurchase | PurchaseDay): PurchaseDay {
  if ('counted' in day) return day;
  const counted: Contribution[] = [];
  during(counted, { measure: 'purchase-days' }, day, day.purchase.event, day.endedBy);
  return { ...day, counted };
}

/** A purchase day that becomes active, or ceases to be. */
export interface Turn {
  readonly at: number;
  readonly day: ActivePurchase;
  readonly began: boolean;
  readonly event: string;
}

/** In order of time: between two turns nothing changes but the time that passes. A day that ends as another begins is ended first. */
export const turnsOf = (days: readonly ActivePurchase[]): readonly Turn[] => {
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

/** Keeps the active days, in order. */
export const turn = (activeDays: ActivePurchase[], { day, began }: Turn): void => {
  if (began) activeDays.push(day);
  else activeDays.splice(activeDays.lastIndexOf(day), 1);
};
