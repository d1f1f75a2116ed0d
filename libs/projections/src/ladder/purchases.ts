/** Milliseconds. */
export const DAY = 86_400_000;
export const dayIndex = (instant: number): number => Math.floor(instant / DAY);

/** The days on which something was bought that stands, in order, with the purchases of each. */
export interface PurchaseDays {
  readonly days: number[];
  readonly events: string[][];
}

export interface Purchase {
  readonly id: string;
  readonly event: string;
  readonly at: number;
  readonly minor: number;
}

/** `refunds` is left out where nothing was ever returned, which spares a customer with 10,000 purchases as many map entries. */
export interface Refunds {
  readonly purchases: Map<string, Purchase>;
  /** Infinity: returned as a whole. */
  readonly returned: Map<string, number>;
}

export const buy = ({ days, events }: PurchaseDays, purchase: Purchase, refunds: Refunds | undefined): void => {
  refunds?.purchases.set(purchase.id, purchase);
  if (refunds && isReturned(purchase, refunds)) return;
  const day = dayIndex(purchase.at);
  if (days.at(-1) === day) events.at(-1)!.push(purchase.event);
  else {
    days.push(day);
    events.push([purchase.event]);
  }
};

/** Partial returns that come to the whole amount are a return of the whole. */
export const giveBack = (
  standing: PurchaseDays,
  { id, minor, whole }: { id: string; minor: number; whole: boolean },
  refunds: Refunds,
): void => {
  const purchase = refunds.purchases.get(id);
  const stood = purchase !== undefined && !isReturned(purchase, refunds);
  refunds.returned.set(id, whole ? Number.POSITIVE_INFINITY : (refunds.returned.get(id) ?? 0) + minor);
  if (!stood || !isReturned(purchase, refunds)) return;
  const place = standing.days.lastIndexOf(dayIndex(purchase.at));
  const left = standing.events[place]!.filter((event) => event !== purchase.event);
  if (left.length > 0) standing.events[place] = left;
  else {
    standing.days.splice(place, 1);
    standing.events.splice(place, 1);
  }
};

function isReturned({ id, minor }: Purchase, { returned }: Refunds): boolean {
  const back = returned.get(id);
  return back !== undefined && (back === Number.POSITIVE_INFINITY || (minor > 0 && back >= minor));
}

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
