import { policyAt } from '#relationship/read-side.js';
import type { Money } from '../money.js';
import type { Series } from '../projection.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey, seriesSum } from '../series.js';
import { asItIs, type NameOf } from '../shared/contributing.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { grouped, keyOfGroup, namesBy, nothing, type Portioning, sumsOf, untilDay, whole } from './grouped-sums.js';
import {
  type FlowNumbers,
  type FlowSeries,
  flowMeasures,
  flowNumbers,
  flowSeries,
  leftIn,
  moneyOf,
  type OutcomeNumbers,
  type OutcomeSeries,
  outcomeMeasures,
  outcomeNumbers,
  outcomeSeries,
  type Sums,
} from './numbers.js';

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

const stageMeasures = [...flowMeasures, 're-entered', 'in-stage-moved', 'value'] as const;

/**
 * Deals by stage as of a day, what became of all that ever entered a stage, and how deals ended. Exact to the day. Broken down, stage
 * flow goes to curator, source and segment at the first entry, an end to those at that end, and a deal in a stage to those at `asOf`.
 */
export const funnel = async (
  given: QueryContext,
  { by, ...travel }: TimeTravel & { readonly by?: Portioning } = {},
): Promise<FunnelAnswer> => {
  const { context, times } = answering(given, travel);
  const { stages: order } = policyAt(context.policies, 'funnel', times.asOf).document;
  const range = untilDay(context, times);
  const read = (nameOf: NameOf) =>
    Promise.all([sumsOf(context, stageMeasures, range, nameOf), sumsOf(context, outcomeMeasures, range, nameOf)]);
  const [[flow, outcomes], passed] = await Promise.all([read(asItIs), sumsOf(context, ['passed-over'], range)]);
  const stages = grouped([...flow, ...passed], ({ stage }) => stage);
  const inOrder = (known: ReadonlyMap<string, Sums>) => [...new Set([...order, ...[...known.keys()].sort()])];
  const portions = async (dimension: Portioning): Promise<FunnelAnswer['groups']> => {
    const nameOf = namesBy(dimension);
    const parts = nameOf === asItIs ? [flow, outcomes] : await read(nameOf);
    const [flows, ends] = parts.map((sums) => Map.groupBy(sums, ({ series }) => series[dimension]!));
    return [...new Set([...flows!.keys(), ...ends!.keys()])].sort().map((key) => {
      const of = { [dimension]: key };
      const byStage = grouped(flows!.get(key) ?? [], ({ stage }) => stage);
      return {
        key: keyOfGroup(key),
        stages: inOrder(byStage).map((stage) => stageOf({ ...of, stage }, nameOf, byStage.get(stage))),
        overall: { ...outcomeNumbers(whole(ends!.get(key) ?? [])), series: outcomeSeries(of, nameOf) },
      };
    });
  };
  return {
    ...times,
    stages: inOrder(stages).map((stage) => {
      const sums = stages.get(stage);
      const { series, ...numbers } = stageOf({ stage }, asItIs, sums);
      const reachedAtLeast = numbers.entered + (sums?.get('passed-over') ?? 0);
      const reached = ['entered', 'passed-over'].map((measure) => ({ measure, stage }));
      return { ...numbers, reachedAtLeast, series: { ...series, reachedAtLeast: seriesSum(reached) } };
    }),
    overall: { ...outcomeNumbers(whole(outcomes)), series: outcomeSeries({}, asItIs) },
    ...(by && { groups: await portions(by) }),
  };
};

/** Less the stays that ended, those who are in a stage. */
const began = ['entered', 're-entered', 'in-stage-moved'] as const;

function stageOf(dimensions: Series & { readonly stage: string }, nameOf: NameOf, sums = nothing): FunnelPortion['stages'][number] {
  const of = (measure: string) => ({ ...dimensions, measure: nameOf(measure) });
  return {
    stage: dimensions.stage,
    inStage: began.reduce((sum, measure) => sum + (sums.get(measure) ?? 0), -leftIn(sums)),
    value: moneyOf(sums, 'value'),
    ...flowNumbers(sums),
    series: { ...flowSeries(dimensions, nameOf), inStage: seriesSum(began.map(of), [of('left')]), value: seriesKey(of('value')) },
  };
}
