import type { Described } from '../answer-schema.js';
import { calendarOf } from '../calendar.js';
import { monthsBetween } from '../days.js';
import { sumsOfMeasure } from '../measure-sums.js';
import { answering } from '../reading.js';
import { seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { cohortRetentionSchema } from './answer-schema.js';

export interface CohortRetentionParams extends TimeTravel {
  /** First and last cohort, `YYYY-MM`; all when absent. */
  readonly from?: string;
  readonly to?: string;
}

/** How many of those who first bought in a month bought again in each month after. */
export const cohortRetention = async (
  given: QueryContext,
  params: CohortRetentionParams,
): Promise<Described<typeof cohortRetentionSchema>> => {
  const { context, times } = answering(given, params);
  const until = calendarOf(context.policies).dayOf(times.asOf);
  const [sizes, active] = await Promise.all([
    sumsOfMeasure(context, 'churn', 'first-purchases', { ...times, to: until }),
    sumsOfMeasure(context, 'churn', 'active', { ...times, to: until }),
  ]);
  const { from = '', to = '~' } = params;
  const cohorts = sizes
    .filter(({ series: { cohort = '' } }) => cohort >= from && cohort <= to)
    .map(({ series, amount: size }) => ({
      cohort: series.cohort ?? '',
      size,
      series: seriesKey(series),
      months: active
        .filter(({ series: { cohort } }) => cohort === series.cohort)
        .map(({ series: found, amount }) => ({
          offset: monthsBetween(found.cohort ?? '', found.month ?? ''),
          month: found.month ?? '',
          active: amount,
          retention: amount / size,
          series: seriesKey(found),
        }))
        .sort((a, b) => a.offset - b.offset),
    }))
    .sort((a, b) => (a.cohort < b.cohort ? -1 : 1));
  return { ...times, cohorts };
};
