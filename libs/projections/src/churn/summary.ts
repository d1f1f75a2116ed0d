import { dayOf } from '../days.js';
import { sumsOfMeasure } from '../measure-sums.js';
import type { Series } from '../projection.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { rfmOf } from './rfm.js';
import type { RiskLevel } from './risk.js';
import { type Scan, scanOn } from './scan.js';

/** A number and the series of the churn view whose contributors are the events behind it. */
export interface Counted {
  readonly amount: number;
  readonly series: string;
}

export interface ChurnSummary extends AnswerTimes {
  /** With a purchase that stands. */
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
  /** Null with `knownAt`: it is read from every customer by the facts known now. */
  readonly distribution: (Distribution<number> & { readonly series: Distribution<string> }) | null;
}

export interface Distribution<Of> {
  readonly customers: Of;
  readonly risk: Readonly<Record<RiskLevel, Of>>;
  readonly recency: Readonly<Record<string, Of>>;
  readonly frequency: Readonly<Record<string, Of>>;
  readonly monetary: Readonly<Record<string, Readonly<Record<string, Of>>>>;
  /** By currency and by cell, e.g. `555`. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Of>>>>;
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

  const [customers, purchases, purchaseDays, silent, lapsed, revenue, contactsByChannel, scan] = await Promise.all([
    one('customers'),
    one('purchases'),
    one('purchase-days'),
    one('silent'),
    one('lapsed'),
    by('revenue', 'currency'),
    by('contacts', 'channel'),
    times.knownAt === undefined ? scanOn(context, times.asOf) : null,
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
    distribution: scan && distributionIn(scan),
  };
};

function distributionIn({ customers, scale }: Scan): ChurnSummary['distribution'] {
  const counts = { risk: { low: 0, elevated: 0, high: 0 }, recency: {}, frequency: {}, monetary: {}, cells: {} };
  for (const { figures } of customers) {
    counts.risk[figures.risk]++;
    const scores = rfmOf(figures, scale);
    if (!scores) continue;
    count(counts.recency, String(scores.recency));
    count(counts.frequency, String(scores.frequency));
    for (const [currency, score] of Object.entries(scores.monetary)) {
      count(within(counts.monetary, currency), String(score));
      count(within(counts.cells, currency), `${scores.recency}${scores.frequency}${score}`);
    }
  }
  const all = { customers: customers.length, ...counts };
  return { ...all, series: seriesOf(all) };
}

function seriesOf({ risk, recency, frequency, monetary, cells }: Distribution<number>): Distribution<string> {
  const named = (place: Series) => seriesKey({ ...place, told: 'customers' });
  return {
    customers: named({ measure: 'customers' }),
    risk: eachOf(risk, (level) => named({ measure: 'risk', risk: level })),
    recency: eachOf(recency, (score) => named({ measure: 'recency', score })),
    frequency: eachOf(frequency, (score) => named({ measure: 'frequency', score })),
    monetary: eachOf(monetary, (currency, scores) => eachOf(scores, (score) => named({ measure: 'monetary', currency, score }))),
    cells: eachOf(cells, (currency, cells) => eachOf(cells, (cell) => named({ measure: 'cells', currency, cell }))),
  };
}

function eachOf<Name extends string, From, To>(members: Readonly<Record<Name, From>>, of: (name: Name, member: From) => To) {
  return Object.fromEntries(Object.entries<From>(members).map(([name, member]) => [name, of(name as Name, member)])) as Record<Name, To>;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
function within(all: Record<string, Record<string, number>>, name: string): Record<string, number> {
  all[name] ??= {};
  return all[name];
}
