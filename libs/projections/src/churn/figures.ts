import { type PolicyHistory, policyAt } from '#relationship/facts.js';
import { dayName, endOfDay } from '../days.js';
import { type RiskLevel, riskOf } from './risk.js';
import { type Silence, silenceOn } from './silence.js';
import { median, type SpendDay, spendByDay, valueOn } from './spend.js';
import type { Trace } from './trace.js';

/** What a model of buying needs of one customer, in weeks and as of the end of a UTC day; after Fader, Hardie and Lee, the CDNOW data. */
export interface BuyingFigures {
  /** Repeat purchases: days with a purchase that stands, less one. */
  readonly x: number;
  /** Weeks from the first to the last purchase day; 0 without a repeat. */
  readonly tx: number;
  /** Weeks from the first purchase day until now. */
  readonly T: number;
  /** Mean spend of a repeat day by currency, in minor units (not rounded); empty without a repeat. */
  readonly zbar: Readonly<Record<string, number>>;
}

export interface ChurnFigures {
  readonly customerId: string;
  /** Null for a customer without a purchase that stands. */
  readonly buying: (BuyingFigures & { readonly firstDay: string; readonly lastDay: string; readonly daysSinceLast: number }) | null;
  readonly purchases: number;
  readonly purchaseDays: number;
  /** Net of returns, minor units by currency. */
  readonly value: Readonly<Record<string, number>>;
  /** Days between neighbouring purchase days; null below two. */
  readonly medianInterval: number | null;
  readonly silence: Silence | null;
  readonly lapsed: boolean;
  readonly risk: RiskLevel;
}

/** Undefined for a record that is no customer on that day: not yet known, merged away or erased. */
export const figuresOn = (trace: Trace, day: number, policies: PolicyHistory): ChurnFigures | undefined => {
  if (trace.gone !== null && trace.gone <= day) return undefined;
  const spend = spendByDay(trace, day);
  const lastContact = trace.contacts.flat().findLast((contact) => contact <= day);
  const began = [trace.registered, lastContact, trace.purchases[0]?.[0]?.[0]].filter((each) => typeof each === 'number' && each <= day);
  if (began.length === 0) return undefined;

  const { days, purchases } = spend;
  const buying = days.length === 0 ? null : buyingFigures(days, day);
  const medianInterval = median(days.slice(1).map((each, i) => each.day - days[i]!.day));
  const since = lastContact ?? trace.registered;
  const silence = since === null || since > day ? null : silenceOn(since, lastContact, day, days.length > 0, policies);
  const { clientWithinDays, clientIntervalFactor } = policyAt(policies, 'ladder', endOfDay(dayName(day))).document;
  return {
    customerId: trace.customerId,
    buying,
    purchases,
    purchaseDays: days.length,
    value: valueOn(trace, day),
    medianInterval,
    silence,
    lapsed: buying !== null && buying.daysSinceLast > Math.max(clientWithinDays, clientIntervalFactor * (medianInterval ?? 0)),
    risk: riskOf({ daysSinceLast: buying?.daysSinceLast ?? null, medianInterval, silenceRatio: silence?.ratio ?? null }),
  };
};

function buyingFigures(days: readonly SpendDay[], day: number): NonNullable<ChurnFigures['buying']> {
  const [first, last] = [days[0]!.day, days.at(-1)!.day];
  const sums: Record<string, { sum: number; days: number }> = {};
  for (const { spend } of days.slice(1))
    for (const [currency, minor] of Object.entries(spend)) {
      sums[currency] ??= { sum: 0, days: 0 };
      sums[currency].sum += minor;
      sums[currency].days++;
    }
  return {
    x: days.length - 1,
    tx: (last - first) / 7,
    T: (day - first) / 7,
    zbar: Object.fromEntries(Object.entries(sums).map(([currency, each]) => [currency, each.sum / each.days])),
    firstDay: dayName(first),
    lastDay: dayName(last),
    daysSinceLast: day - last,
  };
}
