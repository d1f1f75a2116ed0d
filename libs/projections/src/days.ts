/**
 * Days are `YYYY-MM-DD`, or whole numbers counted from 1970-01-01. On which day an instant is, a calendar says (`calendar.ts`). Instants are
 * ISO 8601 UTC with milliseconds.
 */

export const A_DAY = 86_400_000;

/** Later than any instant: the end of what has no end. */
export const NEVER = '9999-12-31T23:59:59.999Z';

export const monthOf = (day: string): string => day.slice(0, 7);
export const nextMonth = (month: string): string => monthOf(plusDays(`${month}-01`, 31));
/** A negative or broken number of days is allowed. */
export const plusDays = (instant: string, days: number): string => new Date(Date.parse(instant) + Math.round(days * A_DAY)).toISOString();
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / A_DAY;
export const monthsBetween = (from: string, to: string): number =>
  (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7));

/** Days since 1970-01-01. By arithmetic, for a view asks it once an event: Hinnant, `days_from_civil`. */
export const dayNumber = (time: string): number => {
  const month = digit(time, 5) * 10 + digit(time, 6);
  const year = digit(time, 0) * 1000 + digit(time, 1) * 100 + digit(time, 2) * 10 + digit(time, 3) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + digit(time, 8) * 10 + digit(time, 9) - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
};

/** The other way round, by `civil_from_days`. */
export const dayName = (number: number): string => {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const day = shifted - era * 146_097;
  const yearOfEra = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const dayOfYear = day - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return `${twoDigits[Math.floor(year / 100)]}${twoDigits[year % 100]}-${twoDigits[month]}-${twoDigits[dayOfMonth]}`;
};

const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
