import { appliesTo, customerRoles, type PolicyHistory, policyAt } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { dayName } from '../days.js';
import { exact } from '../exact.js';
import type { ChurnFigures } from './answer-schema.js';
import { type CompactHistory, eachPurchase, hasDeparted, lastContactBy, registeredOn, roleOn } from './compact-history.js';
import { riskOf } from './risk.js';
import { type Silent, silenceOf } from './silence.js';

/** What the policies ask for on a day. */
export interface Norms {
  readonly day: number;
  readonly existingPerYear: number;
  readonly potentialPerYear: number;
  readonly clientWithinDays: number;
  readonly clientIntervalFactor: number;
  /** By the place in `customerRoles`: whether it is a customer of the ladder, and whether the cadence applies. */
  readonly isCustomer: readonly boolean[];
  readonly hasCadence: readonly boolean[];
}

export const normsOn = (policies: PolicyHistory, day: number): Norms => {
  const instant = calendarOf(policies).endOfDay(dayName(day));
  const [cadence, ladder] = [policyAt(policies, 'cadence', instant).document, policyAt(policies, 'ladder', instant).document];
  return {
    day,
    ...cadence,
    ...ladder,
    isCustomer: customerRoles.map((role) => appliesTo(ladder, role)),
    hasCadence: customerRoles.map((role) => appliesTo(cadence, role)),
  };
};

/** The numbers that everybody is counted and sorted by. */
export interface Measured extends Silent, Pick<ChurnFigures, 'purchases' | 'medianInterval' | 'lapsed' | 'risk'> {
  /** With an active purchase, in order. */
  readonly days: readonly number[];
  readonly daysSinceLast: number | null;
  /** A currency and the minor units, again and again. One of which no purchase is active and no money was kept is left out. */
  readonly value: readonly number[];
}

/** Undefined for a record that is no customer on that day: not yet known, merged away or erased. */
export function measured(history: CompactHistory, norms: Norms): Measured | undefined {
  const { day } = norms;
  if (hasDeparted(history, day)) return undefined;
  const days: number[] = [];
  const value: number[] = [];
  let [made, purchases] = [0, 0];
  eachPurchase(history, day, (from, isActive, currency, left) => {
    made++;
    if (isActive) {
      purchases++;
      if (days.length === 0 || days.at(-1) !== from) days.push(from);
    }
    if (left !== 0 || isActive) add(value, currency, left);
  });
  const lastContact = lastContactBy(history, day);
  const registered = registeredOn(history);
  if (made === 0 && lastContact === undefined && !(registered <= day)) return undefined;

  const intervals = new Float64Array(Math.max(0, days.length - 1));
  for (let i = 0; i < intervals.length; i++) intervals[i] = days[i + 1]! - days[i]!;
  const medianInterval = median(intervals);
  const daysSinceLast = days.length === 0 ? null : day - days.at(-1)!;
  const silentSince = norms.hasCadence[roleOn(history, day)]! ? (lastContact ?? (registered <= day ? registered : null)) : null;
  const contactsPerYear = days.length > 0 ? norms.existingPerYear : norms.potentialPerYear;
  const silenceRatio = silentSince === null ? null : (day - silentSince) / (365.25 / contactsPerYear);
  return {
    days,
    purchases,
    medianInterval,
    daysSinceLast,
    value,
    lastContact,
    silentSince,
    contactsPerYear,
    silenceRatio,
    lapsed: daysSinceLast !== null && daysSinceLast > Math.max(norms.clientWithinDays, norms.clientIntervalFactor * (medianInterval ?? 0)),
    risk: riskOf({ daysSinceLast, medianInterval, silenceRatio }),
  };
}

function add(value: number[], currency: number, minor: number): void {
  let at = 0;
  while (at < value.length && value[at] !== currency) at += 2;
  if (at === value.length) value.push(currency, 0);
  value[at + 1] = exact(value[at + 1]! + minor, 'of purchases in a currency');
}

/** The same without those whose role is none of the ladder's. */
export const customerOn = (history: CompactHistory, norms: Norms): Measured | undefined =>
  norms.isCustomer[roleOn(history, norms.day)] ? measured(history, norms) : undefined;

/** Undefined where there is nothing to measure, or nobody to count as a customer. */
export const figuresOn = (history: CompactHistory, day: number, policies: PolicyHistory): ChurnFigures | undefined => {
  const norms = normsOn(policies, day);
  const found = customerOn(history, norms);
  if (!found) return undefined;
  const { days, purchases, medianInterval, lapsed, risk, value } = found;
  return {
    customerId: history.customerId,
    buying: days.length === 0 ? null : buyingFigures(history, days, day),
    purchases,
    purchaseDays: days.length,
    value: byCurrency(history, value),
    medianInterval,
    silence: silenceOf(found, day),
    lapsed,
    risk,
  };
};

function buyingFigures(history: CompactHistory, days: readonly number[], day: number): NonNullable<ChurnFigures['buying']> {
  const [first, last] = [days[0]!, days.at(-1)!];
  const sums: number[] = [];
  const spentOn = new Map<number, Set<number>>();
  eachPurchase(history, day, (from, isActive, currency, left) => {
    if (!isActive || from === first) return;
    add(sums, currency, left);
    spentOn.set(currency, (spentOn.get(currency) ?? new Set()).add(from));
  });
  const means = sums.map((sum, i) => (i % 2 === 0 ? sum : sum / spentOn.get(sums[i - 1]!)!.size));
  return {
    x: days.length - 1,
    tx: (last - first) / 7,
    T: (day - first) / 7,
    zbar: byCurrency(history, means),
    firstDay: dayName(first),
    lastDay: dayName(last),
    daysSinceLast: day - last,
  };
}

function byCurrency({ currencies }: CompactHistory, numbers: readonly number[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let at = 0; at < numbers.length; at += 2) found[currencies[numbers[at]!]!] = numbers[at + 1]!;
  return found;
}

/** Sorts them. */
export const median = (values: Float64Array): number | null => {
  if (values.length === 0) return null;
  const sorted = values.sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
