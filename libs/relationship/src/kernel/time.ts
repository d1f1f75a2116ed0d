import { dayExists } from './calendar.js';
import { reject } from './rejections.js';

/**
 * Instants as strings: everything the domain keeps is ISO 8601 in UTC with milliseconds, so instants compare and sort as text.
 * Nothing here reads a clock.
 */

/** How far ahead of our clock the clock of a sender may run before `occurredAt` counts as being in the future: 5 minutes. */
export const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;

const zoned = /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const canonical = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** ISO 8601 with a zone, a day that exists in the calendar, and a year from 0 to 9999 once it is told in UTC. */
export const isInstant = (value: unknown): value is string => {
  if (typeof value !== 'string') return false;
  const parts = zoned.exec(value);
  return parts !== null && dayExists(Number(parts[1]), Number(parts[2]), Number(parts[3])) && canonical.test(toUtc(value));
};

/** The same instant in UTC with milliseconds; finer fractions are cut off. Expects what `isInstant` accepts. */
export const toUtc = (instant: string): string => (canonical.test(instant) ? instant : new Date(instant.replace(',', '.')).toISOString());

/** The end of time where it would come to lie behind it, as later instants do not sort as text. */
export const plusMinutes = (instant: string, minutes: number): string =>
  new Date(Math.min(Date.parse(instant) + minutes * 60_000, END_OF_TIME)).toISOString();
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

export const millisBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** The instant in UTC, or a rejection: whoever calls the domain without an edge in front cannot put an impossible day into history. */
export const instantOf = (instant: string, what: string): string =>
  isInstant(instant)
    ? toUtc(instant)
    : reject('instant-impossible', `${what} must be an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z.`);

export const isBeyondTolerance = (instant: string, now: string): boolean =>
  instant > now && millisBetween(now, instant) > CLOCK_TOLERANCE_MS;
