import { dayName } from '../days.js';
import type { Silence } from './answer-schema.js';

/** The next contact is due 365.25/n days after the last, rounded to the day. */
export const dueAfter = (day: number, contactsPerYear: number): number => day + Math.round(365.25 / contactsPerYear);

/** In numbers; null for one who is not known for long enough to be silent. */
export interface Silent {
  readonly lastContact: number | undefined;
  /** By the last contact or the registration. */
  readonly silentSince: number | null;
  readonly contactsPerYear: number;
  readonly silenceRatio: number | null;
}

export const overdueDaysOf = ({ silentSince, contactsPerYear }: Silent, day: number): number | null =>
  silentSince === null ? null : Math.max(0, day - dueAfter(silentSince, contactsPerYear));

export const silenceOf = (silent: Silent, day: number): Silence | null => {
  const { silentSince, lastContact, contactsPerYear, silenceRatio } = silent;
  if (silentSince === null) return null;
  return {
    lastContactDay: lastContact === undefined ? null : dayName(lastContact),
    days: day - silentSince,
    contactsPerYear,
    normDays: 365.25 / contactsPerYear,
    dueDay: dayName(dueAfter(silentSince, contactsPerYear)),
    overdueDays: overdueDaysOf(silent, day)!,
    ratio: silenceRatio!,
  };
};
