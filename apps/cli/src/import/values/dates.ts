import { DateTime, IANAZone } from 'luxon';
import { RowProblem } from '../records/import-record.js';

export interface DateFormat {
  /** `iso`, `unix` (seconds), `unix-ms`, or tokens of https://moment.github.io/luxon/#/parsing. */
  readonly formats: readonly string[];
  /** IANA zone of texts that name none. */
  readonly zone: string;
  /** Which of two when the clock is set back. */
  readonly ambiguous: 'earlier' | 'later';
}

export const isZone = (zone: string) => zone === 'UTC' || IANAZone.isValidZone(zone);

/**
 * An instant, ISO 8601 UTC with milliseconds. Dates that no calendar has and times that the clock of the zone passed over are
 * rejected; a date without a time is the first instant of that day in the zone.
 */
export function toInstant(text: string, format: DateFormat): string {
  for (const pattern of format.formats) {
    const parsed = parse(text, pattern, format.zone);
    if (!parsed.isValid) continue;
    if (hasTimeOfDay(pattern, text) && !saysItsOffset(pattern, text)) assertClockShowed(text, pattern, parsed, format.zone);
    return choose(parsed, pattern, text, format).toUTC().toISO() as string;
  }
  throw new RowProblem(`${JSON.stringify(text)} is not an existing date in the format ${format.formats.join(' or ')}`);
}

/** Leap day and all others are in it. */
const LEAP_YEAR = '2000';

/** `YYYY-MM-DD` as it is written, or `--MM-DD` in a form without a year; undefined where no calendar has it. */
export function toDay(text: string, formats: readonly string[]): string | undefined {
  for (const format of formats) {
    const ofAnyYear = format !== 'iso' && !/y/.test(format);
    const parsed =
      format === 'iso'
        ? /^\d{4}/.test(text)
          ? DateTime.fromISO(text.replace(' ', 'T'), { setZone: true })
          : DateTime.invalid('no year')
        : DateTime.fromFormat(ofAnyYear ? `${text} ${LEAP_YEAR}` : text, ofAnyYear ? `${format} yyyy` : format, {
            setZone: true,
            locale: 'en',
          });
    if (parsed.isValid) return parsed.toFormat(ofAnyYear ? '--MM-dd' : 'yyyy-MM-dd');
  }
  return undefined;
}

function parse(text: string, pattern: string, zone: string): DateTime {
  if (pattern === 'iso') {
    // Luxon takes a time without a date as one of today.
    if (!/^\d{4}/.test(text)) return DateTime.invalid('no year');
    return DateTime.fromISO(text.includes(' ') ? text.replace(' ', 'T') : text, { zone });
  }
  if (pattern === 'unix' || pattern === 'unix-ms') {
    if (!/^-?\d{1,16}$/.test(text)) return DateTime.invalid('not a number');
    return DateTime.fromMillis(Number(text) * (pattern === 'unix' ? 1000 : 1), { zone });
  }
  return DateTime.fromFormat(text, pattern, { zone, locale: 'en' });
}

const hasTimeOfDay = (pattern: string, text: string) => (pattern === 'iso' ? /\d[T ]\d/.test(text) : /[Hh]/.test(pattern));
const saysItsOffset = (pattern: string, text: string) =>
  pattern === 'iso' ? /(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text.slice(10)) : /Z|z|unix/.test(pattern);

/** Luxon moves a time in the gap of spring forward by an hour; a record cannot have been made then. */
function assertClockShowed(text: string, pattern: string, parsed: DateTime, zone: string): void {
  const naive = parse(text, pattern, 'UTC');
  if (naive.toFormat('yyyyLLddHHmm') !== parsed.toFormat('yyyyLLddHHmm'))
    throw new RowProblem(`${JSON.stringify(text)} did not exist in ${zone}: clocks were set forward over it`);
}

function choose(parsed: DateTime, pattern: string, text: string, { ambiguous }: DateFormat): DateTime {
  if (saysItsOffset(pattern, text)) return parsed;
  const both = parsed.getPossibleOffsets().sort((a, b) => a.toMillis() - b.toMillis());
  return (ambiguous === 'earlier' ? both[0] : both.at(-1)) ?? parsed;
}
