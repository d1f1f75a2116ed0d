import { dayOf } from '../days.js';
import { sumsOfMeasure } from '../measure-sums.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { companyFigures } from './company.js';
import type { Distribution } from './day-figures.js';

/** A number and the series of the churn view whose contributors are the events behind it. */
export interface Counted {
  readonly amount: number;
  readonly series: string;
}

export interface ChurnSummary extends AnswerTimes {
  /** With an active purchase. */
  readonly customers: Counted;
  readonly purchases: Counted;
  readonly purchaseDays: Counted;
  /** Net of returns, minor units by currency. */
  readonly revenue: Readonly<Record<string, Counted>>;
  readonly contactsByChannel: Readonly<Record<string, Counted>>;
  /** No contact within the cadence norm; of customers and potential customers. */
  readonly silent: Counted;
  /** Bought once and no longer do: see `lapseContributions`. `share` is of `customers`; null without any. */
  readonly lapsed: Counted & { readonly share: number | null };
  /**
   * Null with `knownAt`: it is read from every customer by the events known now. `position` in the log: what it reflects, of a large company
   * up to 60 s old.
   */
  readonly distribution: (Distribution<number> & { readonly series: Distribution<string>; readonly position: string }) | null;
}

export const churnSummary = async (given: QueryContext, params: TimeTravel): Promise<ChurnSummary> => {
  const { context, times } = answering(given, params);
  const of = (measure: string) => sumsOfMeasure(context, 'churn', measure, { ...times, to: dayOf(times.asOf) });
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
