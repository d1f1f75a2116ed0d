import type { Contribution, Series, Way } from './projection.js';

/**
 * The one text of a series: `measure` first, then the other dimensions by name, each closed by `|`. So `measure=entered|` is a prefix of
 * every series of that measure and of no other.
 */
export function seriesKey(series: Series): string {
  let key = series.measure === undefined ? '' : measureKey(series.measure);
  for (const name of namesInOrder(series)) if (name !== 'measure') key += memberKey(name, series[name]!);
  return key;
}

const memberKey = (name: string, value: string): string => `${escaped(name)}=${escaped(value)}|`;
const measureKey = (measure: string): string => memberKey('measure', measure);

/** Those in which a contribution counts. */
export const seriesIn = ({ series, ways }: Pick<Contribution, 'series' | 'ways'>): readonly Series[] =>
  ways?.map(({ suffix, members }) => ({ ...series, measure: `${series.measure}${suffix}`, ...members })) ?? [series];

/** Their keys. */
export const keysOf = ({ series, ways }: Pick<Contribution, 'series' | 'ways'>): readonly string[] =>
  ways?.map((way) => keyInWay(series, way)) ?? [seriesKey(series)];

/** Merges both, as it is made at every change of a number. */
function keyInWay(series: Series, { suffix, members }: Way): string {
  const own = namesInOrder(members);
  let key = measureKey(`${series.measure}${suffix}`);
  let at = 0;
  for (const name of namesInOrder(series)) {
    if (name === 'measure') continue;
    for (; at < own.length && own[at]! < name; at++) key += memberKey(own[at]!, members[own[at]!]!);
    key += memberKey(name, series[name]!);
  }
  for (; at < own.length; at++) key += memberKey(own[at]!, members[own[at]!]!);
  return key;
}

/** By insertion, as they are few and mostly in order: it is asked for at every change of a number. */
function namesInOrder(series: Series): readonly string[] {
  const names = Object.keys(series);
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!;
    let at = i;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
}

/** A number as the sum of series, some taken away: `a|+b|-c|`. Each may mean all series that have its members. */
export const seriesSum = (added: readonly Series[], takenAway: readonly Series[] = []): string =>
  added.map(seriesKey).join('+') + takenAway.map((series) => `-${seriesKey(series)}`).join('');

export interface Term {
  readonly sign: 1 | -1;
  readonly series: string;
}

/** No name begins with a sign, so a sign after `|` begins a term. In an address a `+` that was not encoded arrives as a space. */
export const termsOf = (sum: string): readonly Term[] =>
  sum.split(/(?<=\|)(?=[-+ ])/).map((term) => ({ sign: term.startsWith('-') ? -1 : 1, series: term.replace(/^[-+ ]/, '') }));

/** Narrowed to inclusive days, which then count instead of `asOf`: `days=2026-01-01..2026-01-31`; either may be left out. */
export const onDays = (series: Series, { from = '', to = '' }: DayRange): Series => ({ ...series, days: `${from}..${to}` });

export interface DayRange {
  readonly from?: string;
  readonly to?: string;
}

export const daysIn = (days: string): DayRange => {
  const [from, to] = days.split('..');
  return { ...(from && { from }), ...(to && { to }) };
};

export const hasAll = (series: Series, members: Series): boolean => Object.keys(members).every((name) => series[name] === members[name]);

/** By hand, as an answer reads thousands. */
export function parseSeries(key: string): Series {
  const series: Record<string, string> = {};
  let from = 0;
  for (let end = key.indexOf('|'); end >= 0; end = key.indexOf('|', from)) {
    const equals = key.indexOf('=', from);
    const isGiven = equals >= 0 && equals < end;
    const name = plain(key.slice(from, isGiven ? equals : end));
    const value = isGiven ? plain(key.slice(equals + 1, end)) : '';
    if (name === '__proto__') Object.defineProperty(series, name, { value, enumerable: true });
    else series[name] = value;
    from = end + 1;
  }
  return series;
}

/** Most texts hold nothing that was escaped. */
const plain = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);

const separators = /[%|=]/;
function escaped(text: string): string {
  return separators.test(text) ? text.replace(/[%|=]/g, encodeURIComponent) : text;
}
