import { type PolicyHistory, policyAt } from '#relationship/facts.js';
import { dayName, endOfDay } from '../days.js';

export interface Silence {
  /** Null for a customer never contacted: then the silence began with the registration. */
  readonly lastContactDay: string | null;
  readonly days: number;
  readonly contactsPerYear: number;
  readonly normDays: number;
  readonly dueDay: string;
  readonly overdueDays: number;
  /** Days of silence by days of the norm. */
  readonly ratio: number;
}

/** The next contact is due 365.25/n days after the last, rounded to the day. */
export const dueAfter = (day: number, contactsPerYear: number): number => day + Math.round(365.25 / contactsPerYear);

/** `since`: the last contact, or the registration where there was none. */
export function silenceOn(
  since: number,
  lastContact: number | undefined,
  day: number,
  existing: boolean,
  policies: PolicyHistory,
): Silence {
  const { existingPerYear, potentialPerYear } = policyAt(policies, 'cadence', endOfDay(dayName(day))).document;
  const contactsPerYear = existing ? existingPerYear : potentialPerYear;
  const due = dueAfter(since, contactsPerYear);
  const normDays = 365.25 / contactsPerYear;
  return {
    lastContactDay: lastContact === undefined ? null : dayName(lastContact),
    days: day - since,
    contactsPerYear,
    normDays,
    dueDay: dayName(due),
    overdueDays: Math.max(0, day - due),
    ratio: (day - since) / normDays,
  };
}
