import { dayIn, startOf } from '../privacy/due.js';

/** Days of the company's calendar, `YYYY-MM-DD`. */

export const dayOf = (zone: string, instant: string): string => {
  const { year, month, day } = dayIn(zone, Date.parse(instant));
  return nameOf(Date.UTC(year, month - 1, day));
};

/** The first instant of the day of an instant. */
export const startOfDay = (zone: string, instant: string): string => beginningOf(zone, dayOf(zone, instant));

/** The first instant of the day behind that of an instant. */
export const startOfNextDay = (zone: string, instant: string): string => beginningOf(zone, plusDays(dayOf(zone, instant), 1));

const beginningOf = (zone: string, day: string): string => new Date(startOf(zone, Date.parse(day))).toISOString();

/** The day of the same number, or the last one of that month where there is none. */
export const plusMonths = (day: string, months: number): string => {
  const [year, month, number] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return nameOf(Date.UTC(year, month - 1 + months, Math.min(number, last)));
};

export const plusDays = (day: string, days: number): string => nameOf(Date.parse(day) + days * 86_400_000);

const LAST = Date.parse('9999-12-31');

const nameOf = (millis: number): string => new Date(Math.min(millis, LAST)).toISOString().slice(0, 10);
