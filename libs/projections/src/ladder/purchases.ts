import type { Calendar } from '../calendar.js';

/** The days with an active purchase, in order, with the purchases of each. */
export interface PurchaseDays {
  readonly days: number[];
  readonly events: string[][];
}

export interface Purchase {
  readonly id: string;
  readonly event: string;
  readonly at: number;
}

/** `refunds` is left out where nothing was ever returned, which spares a customer with 10,000 purchases as many map entries. */
export interface Refunds {
  readonly purchases: Map<string, Purchase>;
  /** Ids of those of which nothing is left. */
  readonly returned: Set<string>;
}

export const buy = ({ days, events }: PurchaseDays, purchase: Purchase, refunds: Refunds | undefined, { dayNumberAt }: Calendar): void => {
  refunds?.purchases.set(purchase.id, purchase);
  if (refunds?.returned.has(purchase.id)) return;
  const day = dayNumberAt(purchase.at);
  if (days.at(-1) === day) events.at(-1)!.push(purchase.event);
  else {
    days.push(day);
    events.push([purchase.event]);
  }
};

/** Those of many days at once, of which none is ever given back. */
export const buyAll = ({ days, events }: PurchaseDays, more: PurchaseDays): void => {
  for (let i = 0; i < more.days.length; i++) {
    if (days.at(-1) === more.days[i]) events.at(-1)!.push(...more.events[i]!);
    else {
      days.push(more.days[i]!);
      events.push([...more.events[i]!]);
    }
  }
};

export const giveBack = (active: PurchaseDays, id: string, { purchases, returned }: Refunds, { dayNumberAt }: Calendar): void => {
  const purchase = purchases.get(id);
  const wasActive = purchase !== undefined && !returned.has(id);
  returned.add(id);
  if (!wasActive) return;
  const place = active.days.lastIndexOf(dayNumberAt(purchase.at));
  const left = active.events[place]!.filter((event) => event !== purchase.event);
  if (left.length > 0) active.events[place] = left;
  else {
    active.days.splice(place, 1);
    active.events.splice(place, 1);
  }
};

/** The latest `count` purchase days that lie within `days` of one another, as indexes of the first and the last; any such window will do. */
export const windowOf = ({ days }: PurchaseDays, count: number, within: number): readonly [number, number] | undefined => {
  for (let last = days.length - 1; last >= count - 1; last--) {
    const first = last - count + 1;
    if (days[last]! - days[first]! <= within) return [first, last];
  }
  return undefined;
};

/** How many days the last purchase may be old: the larger of `within` and `factor` times the median interval between purchase days. */
export const recencyLimit = ({ days }: PurchaseDays, within: number, factor: number): number => {
  const intervals = days.slice(1).map((day, i) => day - days[i]!);
  if (intervals.length === 0) return within;
  const short = intervals.filter((interval) => interval * factor <= within).length;
  if (short * 2 > intervals.length) return within;
  intervals.sort((a, b) => a - b);
  const median = (intervals[(intervals.length - 1) >> 1]! + intervals[intervals.length >> 1]!) / 2;
  return Math.max(within, Math.floor(factor * median));
};
