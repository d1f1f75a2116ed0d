import { calendarOf } from '../calendar.js';
import { sumsOfMeasure } from '../measure-sums.js';
import { answering } from '../reading.js';
import { seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { ChurnSummary, Counted } from './answer-schema.js';
import { companyFigures } from './company.js';

export const churnSummary = async (given: QueryContext, params: TimeTravel): Promise<ChurnSummary> => {
  const { context, times } = answering(given, params);
  const to = calendarOf(context.policies).dayOf(times.asOf);
  const of = (measure: string) => sumsOfMeasure(context, 'churn', measure, { ...times, to });
  const one = async (measure: string): Promise<Counted> => ({
    amount: (await of(measure))[0]?.amount ?? 0,
    series: seriesKey({ measure }),
  });
  const by = async (measure: string, dimension: string) =>
    Object.fromEntries((await of(measure)).map(({ series, amount }) => [series[dimension]!, { amount, series: seriesKey(series) }]));

  const [customers, purchases, purchaseDays, silent, lapsed, revenue, contactsByChannel, figures] = await Promise.all([
    one('customers'),
    one('purchases'),
    one('purchase-days'),
    one('silent'),
    one('lapsed'),
    by('revenue', 'currency'),
    by('contacts', 'channel'),
    times.knownAt === undefined ? companyFigures(context, times.asOf) : null,
  ]);
  return {
    ...times,
    customers,
    purchases,
    purchaseDays,
    revenue,
    contactsByChannel,
    silent,
    lapsed: { ...lapsed, share: customers.amount === 0 ? null : lapsed.amount / customers.amount },
    distribution: figures && { position: figures.everyone.position, ...figures.distribution },
  };
};
