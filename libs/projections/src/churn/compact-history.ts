import { customerRoles } from '#relationship/read-side.js';
import type { Calendar } from '../calendar.js';
import { departureOf } from '../shared/departure.js';
import { rolesInTime, USUAL_ROLE } from '../shared/roles.js';
import { activePurchase } from './active-purchase.js';
import type { ChurnDocument } from './document.js';

/**
 * All that the figures of one customer are derived from, in numbers alone: a company of them fits in memory and is scanned in an instant. This
 * view knows nothing finer than the day; days are counted from 1970-01-01.
 */
export interface CompactHistory {
  readonly customerId: string;
  readonly numbers: ArrayLike<number>;
  /** Of this customer. */
  readonly start: number;
  readonly end: number;
  /** By the numbers that represent them. */
  readonly currencies: readonly string[];
}

// The day of the registration or NaN, the day of the departure or Infinity, how many days with a contact, and how many roles; then these days, of
// each role the day from which on it is so and its place in `customerRoles`, and of each purchase, in order of time, the day, the day from which it is no longer active or Infinity, the currency and the minor units, with its returns behind it.
const CONTACTS = 4;
const ROLE = 2;
const PURCHASE = 4;
/** Instead of the day on which a purchase is no longer active. */
const RETURN = Number.NEGATIVE_INFINITY;

/** @param currencies to which new ones are added */
export const numbersOf = (churn: ChurnDocument, currencies: string[], calendar: Calendar): number[] => {
  const { dayNumber } = calendar;
  const departure = departureOf(churn);
  const numbers = [
    churn.registered ? dayNumber(churn.registered.at) : Number.NaN,
    departure ? dayNumber(departure.at) : Number.POSITIVE_INFINITY,
    0,
    0,
  ];
  for (const block of churn.contacts)
    for (const { at } of block) {
      const day = dayNumber(at);
      if (numbers.length === CONTACTS || numbers.at(-1) !== day) numbers.push(day);
    }
  numbers[2] = numbers.length - CONTACTS;
  const roles = rolesInTime(churn);
  numbers[3] = roles.length;
  for (const { at, role } of roles) numbers.push(dayNumber(at), customerRoles.indexOf(role));
  for (const block of churn.purchases)
    for (const purchase of block) {
      const { from, to } = activePurchase(purchase, calendar);
      const known = currencies.indexOf(purchase.currency);
      const currency = known < 0 ? currencies.push(purchase.currency) - 1 : known;
      numbers.push(from, to, currency, purchase.minor);
      for (const { at, minor } of purchase.returns ?? []) numbers.push(Math.max(from, dayNumber(at)), RETURN, currency, minor);
    }
  return numbers;
};

export const compactHistoryOf = (churn: ChurnDocument, calendar: Calendar): CompactHistory => {
  const currencies: string[] = [];
  const numbers = numbersOf(churn, currencies, calendar);
  return { customerId: churn.customerId, numbers, start: 0, end: numbers.length, currencies };
};

export const registeredOn = ({ numbers, start }: CompactHistory): number => numbers[start]!;
export const hasDeparted = ({ numbers, start }: CompactHistory, day: number): boolean => numbers[start + 1]! <= day;

export function lastContactBy({ numbers, start }: CompactHistory, day: number): number | undefined {
  for (let at = start + CONTACTS + numbers[start + 2]! - 1; at >= start + CONTACTS; at--) if (numbers[at]! <= day) return numbers[at];
  return undefined;
}

/** As a place in `customerRoles`. */
export function roleOn({ numbers, start }: CompactHistory, day: number): number {
  const first = start + CONTACTS + numbers[start + 2]!;
  for (let at = first + ROLE * (numbers[start + 3]! - 1); at >= first; at -= ROLE)
    if (at === first || numbers[at]! <= day) return numbers[at + 1]!;
  return customerRoles.indexOf(USUAL_ROLE);
}

/** Those made by a day, in order of time: whether each is active then, and what of its amount was not given back. */
export function eachPurchase(
  { numbers, start, end }: CompactHistory,
  day: number,
  take: (from: number, isActive: boolean, currency: number, left: number) => void,
): void {
  for (let at = start + CONTACTS + numbers[start + 2]! + ROLE * numbers[start + 3]!; at < end; ) {
    const from = numbers[at]!;
    if (from > day) return;
    const isActive = numbers[at + 1]! > day;
    const currency = numbers[at + 2]!;
    let left = numbers[at + 3]!;
    for (at += PURCHASE; at < end && numbers[at + 1] === RETURN; at += PURCHASE) if (numbers[at]! <= day) left -= numbers[at + 3]!;
    take(from, isActive, currency, left);
  }
}
