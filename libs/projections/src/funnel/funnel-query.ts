import { policyAt } from '#relationship/facts.js';
import type { Money } from '../money.js';
import type { Series } from '../projection.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey, seriesSum } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { groupedSums, keyOfGroup, namedAlike, nothing } from './grouped-sums.js';
import {
  type FlowNumbers,
  type FlowSeries,
  flowMeasures,
  flowNumbers,
  flowSeries,
  inStage,
  moneyOf,
  type OutcomeNumbers,
  type OutcomeSeries,
  outcomeMeasures,
  outcomeNumbers,
  outcomeSeries,
  type Sums,
} from './numbers.js';
import { type Portioning, toldByDay, toldFromRows, toldSeries } from './told-from-rows.js';

export interface StageNumbers extends FlowNumbers {
  readonly stage: string;
  /** Open deals that are in it, and their expected value by currency. */
  readonly inStage: number;
  readonly value: readonly Money[];
}
interface StageSeries extends FlowSeries {
  readonly inStage: string;
  readonly value: string;
}
export interface FunnelPortion {
  readonly stages: readonly (StageNumbers & { readonly series: StageSeries })[];
  readonly overall: OutcomeNumbers & { readonly series: OutcomeSeries };
}
export interface FunnelAnswer extends AnswerTimes {
  readonly stages: readonly (StageNumbers & {
    /** Deals that entered it or, by the order of their funnel, are beyond it; the won are beyond all. */
    readonly reachedAtLeast: number;
    readonly series: StageSeries & { readonly reachedAtLeast: string };
  })[];
  readonly overall: OutcomeNumbers & { readonly series: OutcomeSeries };
  /** `key` is null for deals without one. */
  readonly groups?: readonly (FunnelPortion & { readonly key: string | null })[];
}

const stageMeasures = [...flowMeasures, 'value', 'passed-over'] as const;

/**
 * Deals by stage as of a day, what became of all that ever entered a stage, and how deals ended. Exact to the UTC day. Broken down, stage
 * flow goes to curator, source and segment at the first entry, an end to those at that end, and a deal in a stage to those at `asOf`.
 */
export const funnel = async (
  given: QueryContext,
  { by, ...travel }: TimeTravel & { readonly by?: Portioning } = {},
): Promise<FunnelAnswer> => {
  const { context, times } = answering(given, travel);
  const { stages: order } = policyAt(context.policies, 'funnel', times.asOf).document;
  const [stages, whole, portions] = await Promise.all([
    groupedSums(context, namedAlike(stageMeasures), times, ({ stage }) => stage),
    groupedSums(context, namedAlike(outcomeMeasures), times, () => 'all'),
    by && toldFromRows(context, times, by),
  ]);
  const inOrder = (known: ReadonlyMap<string, Sums>) => [...new Set([...order, ...[...known.keys()].sort()])];
  return {
    ...times,
    stages: inOrder(stages).map((stage) => {
      const sums = stages.get(stage) ?? nothing;
      const flow = flowNumbers(sums);
      const reachedAtLeast = flow.entered + (sums.get('passed-over') ?? 0);
      return {
        stage,
        inStage: inStage(sums),
        value: moneyOf(sums, 'value'),
        ...flow,
        reachedAtLeast,
        series: stageSeries(stage, times.asOf),
      };
    }),
    overall: { ...outcomeNumbers(whole.get('all') ?? nothing), series: outcomeSeries({}) },
    ...(by &&
      portions && {
        groups: [...portions]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, sums]) => {
            const of = toldSeries({ [by]: key });
            return {
              key: keyOfGroup(key),
              stages: inOrder(sums.stages).map((stage) => portionStage({ ...of, stage }, stage, sums.stages.get(stage) ?? nothing)),
              overall: { ...outcomeNumbers(sums.outcomes), series: outcomeSeries(of) },
            };
          }),
      }),
  };
};

function stageSeries(stage: string, asOf: string): FunnelAnswer['stages'][number]['series'] {
  const of = (measure: string) => ({ measure, stage });
  const told = toldByDay({ stage }, asOf);
  return {
    ...flowSeries({ stage }, told),
    inStage: seriesKey({ ...told, measure: 'in-stage' }),
    value: seriesKey(of('value')),
    reachedAtLeast: seriesSum([of('entered'), of('passed-over')]),
  };
}

function portionStage(dimensions: Series, stage: string, sums: Sums): FunnelPortion['stages'][number] {
  const series = {
    ...flowSeries(dimensions, dimensions),
    inStage: seriesKey({ ...dimensions, measure: 'in-stage' }),
    value: seriesKey({ ...dimensions, measure: 'value' }),
  };
  return { stage, inStage: sums.get('in-stage') ?? 0, value: moneyOf(sums, 'value'), ...flowNumbers(sums), series };
}
