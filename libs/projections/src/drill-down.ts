import type { Described } from './answer-schema.js';
import { type Calendar, calendarOf } from './calendar.js';
import { contributingCustomers } from './churn/contributing-customers.js';
import { distributionMeasures } from './churn/day-figures.js';
import { type Contributor, type ContributorsPage, contributorsTo, type FindContributors } from './contributor.js';
import type { eventsBehindSchema } from './drill-down-schema.js';
import type { Measures, Projection, Series } from './projection.js';
import { type AnswerTimes, answering, InvalidParameter } from './reading.js';
import { daysIn, hasAll, parseSeries, seriesKey, type Term, termsOf } from './series.js';
import { createSlices } from './slices.js';
import type { QueryContext, TimeTravel } from './view-reader.js';
import { projections } from './views.js';

export interface EventsBehindParams extends TimeTravel {
  readonly view: string;
  /**
   * As answers name it: one series, or several added and taken away, `a|+b|-c|`. Each means every series of its measure that has all its
   * members, so `measure=entered|stage=lead|` is the leads of all months. The member
   * `days` counts these days instead of those until `asOf`; `derived` names the rows that a number without totals is derived from.
   */
  readonly series: string;
  readonly customerId?: string;
  readonly cursor?: string;
  /** Customers a page, 1 to 1000. */
  readonly limit?: number;
}
/** `amount` as it is added to the number, so negated where its series is taken away. */
export type ContributorBehind = Contributor & { readonly series: string };
export type EventsBehindAnswer = Described<typeof eventsBehindSchema> & { readonly next?: string };

type Query = Pick<EventsBehindParams, 'customerId'> & AnswerTimes;
type Page = ContributorsPage<ContributorBehind>;

/** Where contributors come from, in the order in which they are listed; `series` is empty where one source yields a whole term. */
interface Source {
  readonly term: number;
  readonly sign: Term['sign'];
  readonly series: string;
  page(limit: number, cursor: string | undefined): Promise<Page>;
}

interface DerivedNumbers {
  readonly find: FindContributors;
  readonly measures: Measures;
}
const derivedIn: Readonly<Record<string, Readonly<Record<string, DerivedNumbers>>>> = {
  churn: { customers: { find: contributingCustomers, measures: distributionMeasures } },
};

/** The view that has the totals: why deals are lost is derived from those of the funnel. */
export const viewBehind = (name: string): string => (name === 'loss-reasons' ? 'funnel' : name);

/** A number is the sum of a few series; those that a company can think of. */
const MOST_TERMS = 32;
/** Customers, or series without any, that one page looks at: what is left is for the next one. */
const MOST_LOOKED_AT = 1_000;

/**
 * The events behind a number, by series and customer; their amounts add up to it. A page may hold fewer than `limit` although there is a next
 * one, and ends with a whole customer where one adds to several series.
 */
export const eventsBehind = async (
  given: QueryContext,
  { view, series, customerId, cursor, limit = 100, ...travel }: EventsBehindParams,
): Promise<EventsBehindAnswer> => {
  const projection = projections.find(({ name }) => name === viewBehind(view));
  if (!projection) throw new InvalidParameter('view', `one of ${projections.map(({ name }) => name).join(', ')}`);
  const { context, times } = answering(given, travel);
  const query: Query = { ...times, ...(customerId !== undefined && { customerId }) };
  const terms = termsOf(series);
  if (terms.length > MOST_TERMS) throw new InvalidParameter('series', `must have at most ${MOST_TERMS} terms`);
  const named = createSeriesNames(context, projection.name);
  const sources: Source[] = [];
  for (const [term, each] of terms.entries())
    for (const source of await sourcesOf(context, projection, query, each, term, named)) sources.push(source);

  const place = cursor === undefined ? undefined : placeOf(cursor);
  let at = place ? sources.findIndex((source) => !isBefore(source, place)) : 0;
  let inner = place && sources.findIndex((source) => isAt(source, place)) === at ? place.cursor : undefined;
  const contributors: ContributorBehind[] = [];
  let looked = 0;
  while (at >= 0 && at < sources.length && contributors.length < limit && looked < MOST_LOOKED_AT) {
    const { sign, page } = sources[at]!;
    const found = await page(Math.min(limit - contributors.length, MOST_LOOKED_AT - looked), inner);
    looked += Math.max(1, found.looked);
    for (const each of found.contributors) contributors.push({ ...each, amount: sign * each.amount });
    inner = found.next;
    if (inner === undefined) at++;
  }
  const source = sources[at];
  const next = source && cursorAt({ term: source.term, series: source.series, cursor: inner });
  return { ...times, view, series, contributors, ...(next !== undefined && { next }) };
};

async function sourcesOf(
  context: QueryContext,
  projection: Projection,
  query: Query,
  { sign, series }: Term,
  term: number,
  seriesNamed: SeriesNames,
): Promise<readonly Source[]> {
  const { derived, days, ...asked } = parsed(series);
  const calendar = calendarOf(context.policies);
  if (days !== undefined) mustBeDays(days);
  if (derived !== undefined) {
    const here = derivedIn[projection.name] ?? {};
    const numbers = Object.hasOwn(here, derived) ? here[derived] : undefined;
    if (!numbers) throw new InvalidParameter('series', `derived must be one of ${Object.keys(here).join(', ') || 'none in this view'}`);
    const { find, measures } = numbers;
    mustBeCounted(asked, measures, projection.name);
    const whole = days === undefined ? query : untilEndOf(days, query, calendar);
    return [
      {
        term,
        sign,
        series: '',
        page: (limit, cursor) => find(context, { ...whole, series: asked, limit, ...(cursor !== undefined && { cursor }) }),
      },
    ];
  }
  mustBeCounted(asked, projection.measures ?? {}, projection.name);
  const range = days === undefined ? { to: calendar.dayOf(query.asOf) } : daysIn(days);
  const keys = await seriesNamed(asked, { ...query, to: range.to });
  return keys.map((key) => ({
    term,
    sign,
    series: key,
    async page(limit, cursor) {
      const asked = { ...query, series: key, days: range, limit, ...(cursor !== undefined && { cursor }) };
      const { contributors, looked, next } = await contributorsTo(context, projection, asked);
      return { looked, contributors: contributors.map((each) => ({ ...each, series: key })), ...(next !== undefined && { next }) };
    },
  }));
}

/** By the day, as totals count. */
function untilEndOf(days: string, query: Query, { endOfDay }: Calendar): Query {
  const { from, to } = daysIn(days);
  if (from !== undefined || to === undefined)
    throw new InvalidParameter('series', 'a derived number counts until a day, `days=..2026-01-31`');
  return { ...query, asOf: endOfDay(to), ...(query.knownAt !== undefined && { knownAt: endOfDay(query.knownAt) }) };
}

interface NamedUntil {
  readonly to: string | undefined;
  readonly knownAt?: string;
}
type SeriesNames = (asked: Series, until: NamedUntil) => Promise<readonly string[]>;

/** By day, because a series whose days cancel out has events all the same. Terms of one measure and the same days are read once. */
function createSeriesNames({ reader, policies }: QueryContext, view: string): SeriesNames {
  const { dayOf } = calendarOf(policies);
  const read = new Map<string, Promise<readonly string[]>>();
  const keysOf = async (prefix: string, { to, knownAt }: NamedUntil): Promise<readonly string[]> => {
    const range = { ...(to !== undefined && { to }), ...(knownAt !== undefined && { knownTo: dayOf(knownAt) }) };
    const totals = await reader.totals(view, { prefix, ...range, by: 'day' });
    // In the order of the series already.
    return [...new Set(totals.map((total) => total.series))];
  };
  return async (asked, until) => {
    const prefix = seriesKey({ measure: asked.measure! });
    const place = JSON.stringify([prefix, until.to]);
    const reading = read.get(place) ?? keysOf(prefix, until);
    read.set(place, reading);
    const keys = await reading;
    const pause = createSlices();
    const found: string[] = [];
    for (const key of keys) {
      await pause();
      if (hasAll(parseSeries(key), asked)) found.push(key);
    }
    return found;
  };
}

function parsed(series: string): Series {
  const members = series.endsWith('|') ? parsedOrNone(series) : {};
  if (members.measure !== undefined || members.derived !== undefined) return members;
  throw new InvalidParameter('series', 'must be a series as answers name it, each term closed by |, such as measure=entered|stage=lead|');
}

function parsedOrNone(series: string): Series {
  try {
    return parseSeries(series);
  } catch {
    return {};
  }
}

/** A series with a measure or a dimension that there is not would have no events, which says that the number is 0. */
function mustBeCounted({ measure, ...members }: Series, measures: Measures, view: string): void {
  if (measure !== undefined && !Object.hasOwn(measures, measure)) {
    const derived = Object.entries(derivedIn[view] ?? {}).map(
      ([name, numbers]) => `; with derived=${name} one of ${Object.keys(numbers.measures).join(', ')}`,
    );
    throw new InvalidParameter(
      'series',
      `measure must be one of ${Object.keys(measures).join(', ') || 'none in this view'}${derived.join('')}`,
    );
  }
  const known = measure === undefined ? Object.values(measures).flat() : measures[measure]!;
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const right = [...new Set(known), 'days'].join(', ');
  throw new InvalidParameter('series', `${unknown} is no dimension of ${measure ?? 'this number'}; it has ${right}`);
}

/** Existing days; either may be left out. A number of no days at all has them in reverse. */
function mustBeDays(days: string): void {
  const [from = '', to = '', ...more] = days.split('..');
  const exist = [from, to].every((day) => day === '' || isCalendarDay(day));
  if (!days.includes('..') || more.length > 0 || !exist)
    throw new InvalidParameter('series', 'days must be existing days, such as days=2026-01-01..2026-01-31; either may be left out');
}
const isCalendarDay = (day: string): boolean => {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
};

interface Place {
  readonly term: number;
  readonly series: string;
  readonly cursor: string | undefined;
}

function isBefore(source: Source, place: Place): boolean {
  return source.term < place.term || (source.term === place.term && source.series < place.series);
}

function isAt(source: Source, place: Place): boolean {
  return source.term === place.term && source.series === place.series;
}

function cursorAt({ term, series, cursor }: Place): string {
  return Buffer.from(JSON.stringify([term, series, cursor ?? null])).toString('base64url');
}

function placeOf(text: string): Place {
  try {
    const [term, series, cursor] = JSON.parse(Buffer.from(text, 'base64url').toString()) as readonly unknown[];
    if (typeof term === 'number' && typeof series === 'string' && (cursor === null || typeof cursor === 'string'))
      return { term, series, cursor: cursor ?? undefined };
  } catch {
    // Rejected below.
  }
  throw new InvalidParameter('cursor', 'is not a cursor of this list; start again without cursor');
}
