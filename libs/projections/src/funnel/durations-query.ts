import { daysBetween } from '../days.js';
import { type AnswerTimes, timesOf } from '../reading.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { type DealRow, dealRowOf } from './deal-row.js';
import { allDeals } from './told-from-rows.js';

/** Broken days of 24 hours; null where there is nothing. */
export interface Durations {
  readonly count: number;
  readonly mean: number | null;
  readonly lowerQuartile: number | null;
  readonly median: number | null;
  readonly upperQuartile: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Counted above as they are: deals won before they were opened, stays left before they began. */
  readonly negative: number;
}
export interface DurationsAnswer extends AnswerTimes, Durations {
  /** Null: from opening to win. */
  readonly stage: string | null;
}

/** Exact, by reading every deal: opening to win of the deals that stand won, or the ended stays in one stage. */
export const dealDurations = async (
  context: QueryContext,
  { stage, ...travel }: TimeTravel & { readonly stage?: string } = {},
): Promise<DurationsAnswer> => {
  const times = timesOf(context, travel, ['funnel']);
  const days: number[] = [];
  for await (const deal of allDeals(context, times)) days.push(...daysOf(dealRowOf(deal, times.asOf), stage));
  return { ...times, stage: stage ?? null, ...durationsOf(days) };
};

function daysOf({ daysToWin, stays }: DealRow, stage: string | undefined): readonly number[] {
  if (stage === undefined) return daysToWin === null ? [] : [daysToWin];
  return stays.flatMap((stay) => (stay.stage === stage && stay.until !== null ? [daysBetween(stay.from, stay.until)] : []));
}

export const durationsOf = (days: readonly number[]): Durations => {
  const sorted = [...days].sort((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return { count, mean: null, lowerQuartile: null, median: null, upperQuartile: null, min: null, max: null, negative: 0 };
  return {
    count,
    mean: sorted.reduce((sum, each) => sum + each, 0) / count,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    min: sorted[0]!,
    max: sorted[count - 1]!,
    negative: sorted.filter((each) => each < 0).length,
  };
};

/** Interpolated between neighbours (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}
