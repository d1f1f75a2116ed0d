import { calendarOf } from '../calendar.js';
import { A_DAY } from '../days.js';
import { type AnswerTimes, answering, documentKnownAt } from '../reading.js';
import { seriesKey } from '../series.js';
import type { DealsDocument } from '../shared/deals-document.js';
import { documentsOf } from '../shared/documents.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { durationsOf, REVERSED } from './durations.js';
import { keptDurations } from './kept-durations.js';
import { funnelProjection } from './projection.js';

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

/** Exact: opening to win of the deals that are won, or the ended stays in one stage. As of the end of the day. */
export const dealDurations = async (
  given: QueryContext,
  { stage, ...travel }: TimeTravel & { readonly stage?: string } = {},
): Promise<DurationsAnswer> => {
  const { context, times } = answering(given, travel);
  const found = await millisOf(context, times, stage);
  const of = (toWin: string, inStage: string) => seriesKey(stage === undefined ? { measure: toWin } : { measure: inStage, stage });
  const series = { count: of('converted', 'left'), negative: of('won-before-opened', 'left-before') };
  return { ...times, stage: stage ?? null, ...summaryOf(found), series };
};

async function millisOf(context: QueryContext, { asOf, knownAt }: AnswerTimes, stage: string | undefined): Promise<Float64Array> {
  const calendar = calendarOf(context.policies);
  const { dayNumber, endOfDay } = calendar;
  const kept = await keptDurations(context);
  if (knownAt === undefined) return kept.on(stage, dayNumber(asOf));
  // Before this yields to the event loop, when the kept durations may change.
  const found = [...kept.knownOn(stage, dayNumber(asOf), dayNumber(knownAt))];
  const customers = [...kept.outOfOrder];
  const [until, known] = [endOfDay(asOf), endOfDay(knownAt)];
  for await (const document of documentsOf<DealsDocument>(context.reader, 'funnel', { customers })) {
    const then =
      (document.correctedAt ?? '') > known ? await documentKnownAt(context, funnelProjection, document.customerId, known) : document;
    for (const { dealEvents } of then?.deals.flat() ?? []) {
      const knownThen = dealEvents.filter((each) => each.at <= until && each.known <= known);
      for (const each of durationsOf(knownThen, calendar))
        if (each.stage === stage && each.until === Number.POSITIVE_INFINITY) found.push(each.millis);
    }
  }
  return Float64Array.from(found).sort();
}

const summaryOf = (millis: Float64Array): Durations => {
  const count = millis.length;
  const negative = millis.lastIndexOf(REVERSED) + 1;
  if (count === 0) return { count, mean: null, lowerQuartile: null, median: null, upperQuartile: null, min: null, max: null, negative };
  const sorted = millis.map((each) => Math.max(0, each) / A_DAY);
  return {
    count,
    mean: sorted.reduce((sum, each) => sum + each, 0) / count,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    min: sorted[0]!,
    max: sorted[count - 1]!,
    negative,
  };
};

/** Interpolated between neighbours (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: Float64Array, share: number): number {
  const index = (sorted.length - 1) * share;
  const below = Math.floor(index);
  return sorted[below]! + (index - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}
