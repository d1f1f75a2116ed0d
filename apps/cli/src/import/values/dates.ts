import { DateTime } from 'luxon';
import { RowProblem } from '../records/import-record.js';

export interface DateFormat {
  /** `iso`, `unix` (seconds), `unix-ms`, or tokens of https://moment.github.io/luxon/#/parsing. */
  readonly formats: readonly string[];
  /** IANA zone of texts that name none. */
  readonly zone: string;
  /** Which of two when the clock is set back. */
  readonly ambiguous: 'earlier' | 'later';
}

/**
 * An instant, ISO 8601 UTC with milliseconds. Dates that no calendar has and times that the clock of the zone passed over are
 * rejected, and so are texts that are two dates in two of the formats; a date without a time is the first instant of that day in the zone.
 */
export function toInstant(text: string, format: DateFormat): string {
  const instant = onlyOne(text, format.formats, (pattern) => instantIn(pattern, text, format));
  if (instant === undefined)
    throw new RowProblem(`${JSON.stringify(text)} is not an existing date in the format ${format.formats.join(' or ')}`);
  return instant;
}

function instantIn(pattern: string, text: string, format: DateFormat): string | undefined {
  const parsed = parse(text, pattern, format.zone);
  if (!parsed.isValid) return undefined;
  if (hasTimeOfDay(pattern, text) && !saysItsOffset(pattern, text)) assertClockShowed(text, pattern, parsed, format.zone);
  return choose(parsed, pattern, text, format).toUTC().toISO() as string;
}

/** 03/08/2025 of a column with days up to 31 in either place may be either. @throws RowProblem */
function onlyOne(text: string, formats: readonly string[], read: (format: string) => string | undefined): string | undefined {
  let found: { readonly date: string; readonly format: string } | undefined;
  for (const format of formats) {
    const date = read(format);
    if (date === undefined || date === found?.date) continue;
    if (found)
      throw new RowProblem(
        `${JSON.stringify(text)} is ambiguous: ${found.date} in the format ${found.format}, ${date} in ${format}; name the one format of the column`,
      );
    found = { date, format };
  }
  return found?.date;
}

/** Leap day and all others are in it. */
const LEAP_YEAR = '2000';

/**
 * `YYYY-MM-DD` as it is written, or `--MM-DD` in a form without a year; undefined where no calendar has it. A year of two digits is the last
 * one before `latest`, if there is one. @throws RowProblem if ambiguous
 */
export const toDay = (text: string, formats: readonly string[], latest?: string): string | undefined =>
  onlyOne(text, formats, (format) => {
    const day = dayIn(format, text);
    const century = latest !== undefined && day !== undefined && day > latest && /(?<!y)yy(?!y)/.test(format);
    return century ? `${Number(day.slice(0, 4)) - 100}${day.slice(4)}` : day;
  });

/** Luxon also takes a year, a month, a week or a day of the year alone, and a time alone as one of today. */
const WHOLE_ISO_DATE = /^\d{4}(-\d\d-\d\d|\d{4})(?=$|[T ])/;

function dayIn(format: string, text: string): string | undefined {
  const ofAnyYear = format !== 'iso' && !/y/.test(format);
  const parsed =
    format === 'iso'
      ? WHOLE_ISO_DATE.test(text)
        ? DateTime.fromISO(text.replace(' ', 'T'), { setZone: true })
        : DateTime.invalid('no date')
      : DateTime.fromFormat(ofAnyYear ? `${text} ${LEAP_YEAR}` : text, ofAnyYear ? `${format} yyyy` : format, {
          setZone: true,
          locale: 'en',
        });
  return parsed.isValid ? parsed.toFormat(ofAnyYear ? '--MM-dd' : 'yyyy-MM-dd') : undefined;
}

function parse(text: string, pattern: string, zone: string): DateTime {
  if (pattern === 'iso') {
    if (!WHOLE_ISO_DATE.test(text)) return DateTime.invalid('no date');
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
