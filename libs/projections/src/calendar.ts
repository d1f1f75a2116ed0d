import { IANAZone } from 'luxon';
import type { PolicyHistory } from '#relationship/read-side.js';
import { dayName, dayNumber, monthOf, NEVER } from './days.js';

/**
 * The days of the company's time zone. An instant is ISO 8601 UTC with milliseconds; where an instant is expected a day, `YYYY-MM-DD`, may
 * be given, which is a day in every zone. Days follow one another without gap or overlap: one on which clocks are changed has 23 or 25 hours,
 * and one that clocks pass over as a whole has none.
 */
export interface Calendar {
  readonly zone: string;
  /** Of the time zone database, as days are others under another one; absent where it has no say. */
  readonly tz?: string;
  dayOf(time: string): string;
  /** Days since 1970-01-01. */
  dayNumber(time: string): number;
  /** The same of milliseconds since 1970. */
  dayNumberAt(millis: number): number;
  monthOf(time: string): string;
  startOfDay(time: string): string;
  endOfDay(time: string): string;
  /** The first millisecond of a day. */
  startOf(day: number): number;
  /**
   * The same time of the clock some days later, of the first instant of a day that of the other; a time that clocks pass over there is the
   * first instant behind it. Who is earlier stays so: what a clock shows again counts as the end of what it showed before. An instant before or
   * after all others stays it.
   */
  plusDays(millis: number, days: number): number;
}

export class UnknownTimeZone extends Error {
  override readonly name = 'UnknownTimeZone';
  constructor(zone: string) {
    super(
      `the time zone ${zone} of the company is unknown to this Node.js, whose time zone database is ${process.versions.tz}; use a Node.js that knows it`,
    );
  }
}

const DAY = 86_400_000;
const isDay = (time: string): boolean => time.length === 10;

/** By cutting texts, as views ask it once an event. */
const utc: Calendar = {
  zone: 'UTC',
  dayOf: (time) => time.slice(0, 10),
  dayNumber,
  dayNumberAt: (millis) => Math.floor(millis / DAY),
  monthOf,
  startOfDay: (time) => `${time.slice(0, 10)}T00:00:00.000Z`,
  endOfDay: (time) => `${time.slice(0, 10)}T23:59:59.999Z`,
  startOf: (day) => day * DAY,
  plusDays: (millis, days) => millis + days * DAY,
};

const FIRST_DAY = dayNumber('0000-01-01');
const LAST_DAY = dayNumber('9999-12-31');
const FIRST_INSTANT = FIRST_DAY * DAY;
const LAST_INSTANT = Date.parse(NEVER);

/** Instants of a text have four digits for the year: a zone moves none out of these. */
const textOf = (millis: number): string => new Date(Math.min(Math.max(millis, FIRST_INSTANT), LAST_INSTANT)).toISOString();

/** The first instant behind `before`, at the latest `after`, from which on it is so. */
function firstBehind(before: number, after: number, isSo: (at: number) => boolean): number {
  let [not, so] = [before, after];
  while (so - not > 1) {
    const middle = Math.floor((not + so) / 2);
    if (isSo(middle)) so = middle;
    else not = middle;
  }
  return so;
}

function zoned(zone: string): Calendar {
  const iana = IANAZone.create(zone);
  // Its days would be wrong in silence.
  if (!iana.isValid) throw new UnknownTimeZone(zone);
  const offset = (millis: number): number => Math.round(iana.offset(millis) * 60_000);
  const starts = new Map<number, number>();

  /** The first instant whose clock shows this time; where clocks are set forward over it, the first one behind it. */
  function firstShowing(clock: number): number {
    const [before, after] = [clock - DAY, clock + DAY];
    const shown = [offset(before), offset(after)].map((each) => clock - each).filter((at) => at + offset(at) === clock);
    return shown.length > 0 ? Math.min(...shown) : firstBehind(before, after, (at) => at + offset(at) >= clock);
  }

  /** What the clock shows; of what it shows for the second time, the end of the first. */
  function shownAt(millis: number): number {
    const now = offset(millis);
    const clock = millis + now;
    const first = firstShowing(clock);
    return first < millis ? firstBehind(first, millis, (at) => offset(at) === now) + offset(first) : clock;
  }

  function startOf(day: number): number {
    const known = starts.get(day);
    if (known !== undefined) return known;
    const start = firstShowing(day * DAY);
    starts.set(day, start);
    return start;
  }

  function dayNumberAt(millis: number): number {
    let day = Math.floor(millis / DAY);
    while (startOf(day) > millis) day--;
    while (startOf(day + 1) <= millis) day++;
    return Math.min(Math.max(day, FIRST_DAY), LAST_DAY);
  }

  const numberOf = (time: string): number => (isDay(time) ? dayNumber(time) : dayNumberAt(Date.parse(time)));
  const dayOf = (time: string): string => (isDay(time) ? time : dayName(numberOf(time)));
  return {
    zone,
    tz: process.versions.tz!,
    dayOf,
    dayNumber: numberOf,
    dayNumberAt,
    monthOf: (time) => monthOf(dayOf(time)),
    startOfDay: (time) => textOf(startOf(numberOf(time))),
    endOfDay: (time) => textOf(startOf(numberOf(time) + 1) - 1),
    startOf,
    plusDays(millis, days) {
      if (!Number.isFinite(millis)) return millis;
      const from = dayNumberAt(millis);
      const start = startOf(from + days);
      if (millis === startOf(from)) return start;
      return Math.max(start, Math.min(firstShowing(shownAt(millis) + days * DAY), startOf(from + days + 1) - 1));
    },
  };
}

const calendars = new Map([[utc.zone, utc]]);

export const calendarIn = (zone: string): Calendar => {
  const known = calendars.get(zone);
  if (known) return known;
  const calendar = zoned(zone);
  calendars.set(zone, calendar);
  return calendar;
};

/** In the time zone of the company by these policies: those of the build that is written, or that answers. */
export const calendarOf = ({ company }: Pick<PolicyHistory, 'company'>): Calendar => calendarIn(company[company.length - 1]!.document.zone);
