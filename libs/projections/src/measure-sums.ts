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

/** The sum of each series of a measure. */
export const sumsOfMeasure = async (
  { reader }: QueryContext,
  view: string,
  measure: string,
  { from, to, knownAt }: SumsRange,
): Promise<readonly { readonly series: Series; readonly amount: number }[]> => {
  const totals = await reader.totals(view, {
    prefix: seriesKey({ measure }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(knownAt !== undefined && { knownTo: knownAt.slice(0, 10) }),
    by: 'series',
  });
  return totals.map(({ series, amount }) => ({ series: parseSeries(series), amount }));
};
