/**
 * The last millisecond of the month that Art. 12(3) GDPR allows, by the calendar of the company: it ends with the day of the same number
 * in the next month, or with the last day of that month where there is none (Art. 3 of Regulation 1182/71).
 */
export const oneMonthAfter = (instant: string, zone: string): string => {
  const { year, month, day } = dayIn(zone, Date.parse(instant));
  const daysOfNext = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const behind = Date.UTC(year, month, Math.min(day, daysOfNext) + 1);
  return new Date(Math.min(startOf(zone, behind), END_OF_TIME + 1) - 1).toISOString();
};

const DAY = 86_400_000;
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** The first instant of a day, which is given as that of UTC. */
export const startOf = (zone: string, utc: number): number => {
  if (zone === 'UTC') return utc;
  let [before, after] = [utc - DAY, utc + DAY];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const { year, month, day } = dayIn(zone, middle);
    if (Date.UTC(year, month - 1, day) >= utc) after = middle;
    else before = middle;
  }
  return after;
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** Of the calendar; the month from 1. */
export const dayIn = (zone: string, millis: number): { readonly year: number; readonly month: number; readonly day: number } => {
  if (zone === 'UTC') {
    const at = new Date(millis);
    return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
  }
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, Number(value)]));
  return { year: parts.year!, month: parts.month!, day: parts.day! };
};
