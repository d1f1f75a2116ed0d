import { type Calendar, calendarOf } from './calendar.js';
import { exact } from './exact.js';
import type { Series } from './projection.js';
import { parseSeries, seriesKey } from './series.js';
import type { QueryContext } from './view-reader.js';

export interface SumsRange {
  /** Inclusive days. */
  readonly from?: string;
  readonly to?: string;
  /** Instant or day; its whole day counts. */
  readonly knownAt?: string;
}

export interface SeriesSum {
  readonly series: Series;
  readonly amount: number;
}
export interface DatedSum extends SeriesSum {
  readonly day: string;
}

/** The sum of each series of a measure. */
export const sumsOfMeasure = async (
  { reader, policies }: Pick<QueryContext, 'reader' | 'policies'>,
  view: string,
  measure: string,
  range: SumsRange,
): Promise<readonly SeriesSum[]> => {
  const totals = await reader.totals(view, { ...queryOf(measure, range, calendarOf(policies)), by: 'series' });
  return totals.map(({ series, amount }) => ({ series: parseSeries(series), amount: exact(amount, series) }));
};

/** What each day adds to each series of a measure. */
export const datedSumsOfMeasure = async (
  { reader, policies }: Pick<QueryContext, 'reader' | 'policies'>,
  view: string,
  measure: string,
  range: SumsRange,
): Promise<readonly DatedSum[]> => {
  const totals = await reader.totals(view, { ...queryOf(measure, range, calendarOf(policies)), by: 'day' });
  return totals.map(({ series, day, amount }) => ({ series: parseSeries(series), day: day!, amount: exact(amount, series) }));
};

const queryOf = (measure: string, { from, to, knownAt }: SumsRange, { dayOf }: Calendar) => ({
  prefix: seriesKey({ measure }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(knownAt !== undefined && { knownTo: dayOf(knownAt) }),
});
