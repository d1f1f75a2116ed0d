import { type Contributor, contributorsTo } from './contributor.js';
import { dayOf } from './days.js';
import type { Series } from './projection.js';
import { type AnswerTimes, InvalidParameter, timesOf } from './reading.js';
import { parseSeries, seriesKey } from './series.js';
import type { QueryContext, TimeTravel } from './view-reader.js';
import { projections } from './views.js';

export interface EventsBehindParams extends TimeTravel {
  readonly view: string;
  /**
   * As answers name it. Closed by `|` it stands for every series of its measure that has all its members, so `measure=entered|stage=lead|`
   * is the leads of all months; otherwise it is a plain prefix.
   */
  readonly series: string;
  readonly cursor?: string;
  /** Customers a page, 1 to 1000. */
  readonly limit?: number;
}
export interface EventsBehindAnswer extends AnswerTimes {
  readonly view: string;
  readonly series: string;
  /** Those who add nothing to the number are not listed. */
  readonly contributors: readonly (Contributor & { readonly series: string })[];
  readonly next?: string;
}

/** The events behind a number, by series and customer. A page may hold fewer than `limit` although there is a next one. */
export const eventsBehind = async (
  context: QueryContext,
  { view, series, cursor, limit = 100, ...travel }: EventsBehindParams,
): Promise<EventsBehindAnswer> => {
  const projection = projections.find(({ name }) => name === view);
  if (!projection) throw new InvalidParameter('view', `one of ${projections.map(({ name }) => name).join(', ')}`);
  const times = timesOf(context, travel);
  const keys = await seriesNamed(context, view, series, times.asOf);
  const place = cursor === undefined ? undefined : placeOf(cursor);
  let at = place ? keys.indexOf(place.series) : 0;
  let inner = place?.cursor;
  if (at < 0) at = keys.findIndex((key) => key > place!.series);
  const contributors: EventsBehindAnswer['contributors'][number][] = [];
  while (at >= 0 && at < keys.length && contributors.length < limit) {
    const series = keys[at]!;
    const page = await contributorsTo(context, projection, {
      ...times,
      series,
      limit: limit - contributors.length,
      ...(inner !== undefined && { cursor: inner }),
    });
    for (const each of page.contributors) contributors.push({ ...each, series });
    inner = page.next;
    if (inner === undefined) at++;
  }
  const next = at >= 0 && at < keys.length ? JSON.stringify([keys[at], inner ?? null]) : undefined;
  return { ...times, view, series, contributors, ...(next !== undefined && { next: Buffer.from(next).toString('base64url') }) };
};

/** By day, because a series whose days cancel out has events all the same. */
async function seriesNamed({ reader }: QueryContext, view: string, series: string, asOf: string): Promise<readonly string[]> {
  const partial: Series | undefined = series.endsWith('|') ? parseSeries(series) : undefined;
  const prefix = partial?.measure === undefined ? series : seriesKey({ measure: partial.measure });
  const totals = await reader.totals(view, { prefix, to: dayOf(asOf), by: 'day' });
  const keys = [...new Set(totals.map((total) => total.series))].sort();
  return partial ? keys.filter((key) => hasAll(parseSeries(key), partial)) : keys;
}

function hasAll(series: Series, members: Series): boolean {
  return Object.keys(members).every((name) => series[name] === members[name]);
}

function placeOf(cursor: string): { readonly series: string; readonly cursor: string | undefined } {
  try {
    const [series, inner] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string | null];
    return { series, cursor: inner ?? undefined };
  } catch {
    throw new InvalidParameter('cursor', 'what `next` of the page before said');
  }
}
