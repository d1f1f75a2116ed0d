import { daysBetween, endOfDay } from '../days.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey } from '../series.js';
import { historyOf } from '../shared/deal-history.js';
import { type DealRecord, dealAsOf } from '../shared/deals-document.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { durationsIn } from './durations.js';

/** Fractional days of 24 hours; null if there is nothing. */
export interface Durations {
  readonly count: number;
  readonly mean: number | null;
  readonly lowerQuartile: number | null;
  readonly median: number | null;
  readonly upperQuartile: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Counted above as no time: deals won before they were opened, stays left before they began. */
  readonly negative: number;
}
export interface DurationsAnswer extends AnswerTimes, Durations {
  /** Null: from opening to win. */
  readonly stage: string | null;
  readonly series: Readonly<Record<'count' | 'negative', string>>;
}

/** Exact, by reading every deal: opening to win of the deals that are won, or the ended stays in one stage. As of the end of the UTC day. */
export const dealDurations = async (
  given: QueryContext,
  { stage, ...travel }: TimeTravel & { readonly stage?: string } = {},
): Promise<DurationsAnswer> => {
  const { context, times } = answering(given, travel);
  const days: number[] = [];
  let negative = 0;
  for await (const { dealEvents } of allDeals(context, times))
    for (const duration of durationsIn(historyOf(dealEvents))) {
      if (duration.stage !== stage) continue;
      days.push(daysBetween(duration.from, duration.until));
      if (duration.reversed) negative++;
    }
  const of = (toWin: string, inStage: string) => seriesKey(stage === undefined ? { measure: toWin } : { measure: inStage, stage });
  const series = { count: of('converted', 'left'), negative: of('won-before-opened', 'left-before') };
  return { ...times, stage: stage ?? null, ...durationsOf(days), negative, series };
};

async function* allDeals(context: QueryContext, { asOf, knownAt }: AnswerTimes): AsyncGenerator<DealRecord> {
  const [until, known] = [endOfDay(asOf), knownAt && endOfDay(knownAt)];
  let cursor: string | undefined;
  do {
    const range = { since: { lte: until } };
    const page = await context.reader.rows<DealRecord>('funnel', { range, limit: 1000, ...(cursor !== undefined && { cursor }) });
    for (const { body } of page.documents) {
      const deal = dealAsOf(body, until, known);
      if (deal) yield deal;
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

const durationsOf = (days: readonly number[]): Omit<Durations, 'negative'> => {
  const sorted = [...days].sort((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return { count, mean: null, lowerQuartile: null, median: null, upperQuartile: null, min: null, max: null };
  return {
    count,
    mean: sorted.reduce((sum, each) => sum + each, 0) / count,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    min: sorted[0]!,
    max: sorted[count - 1]!,
  };
};

/** Interpolated between neighbours (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}
