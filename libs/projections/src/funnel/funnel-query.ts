import { policyAt } from '#relationship';
import type { Money } from '../money.js';
import { type AnswerTimes, timesOf } from '../reading.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { groupedSums, keyOfGroup, namedAlike, nothing, seriesOf } from './grouped-sums.js';
import {
  type FlowNumbers,
  flowMeasures,
  flowNumbers,
  inStage,
  moneyOf,
  type OutcomeNumbers,
  outcomeMeasures,
  outcomeNumbers,
  type Sums,
} from './numbers.js';
import { type Portioning, toldFromRows } from './told-from-rows.js';

export interface StageNumbers extends FlowNumbers {
  readonly stage: string;
  /** Open deals that are in it, and their expected value by currency. */
  readonly inStage: number;
  readonly value: readonly Money[];
}
export interface FunnelPortion {
  readonly stages: readonly StageNumbers[];
  readonly overall: OutcomeNumbers;
}
export interface FunnelAnswer extends AnswerTimes {
  readonly stages: readonly (StageNumbers & {
    /** Deals that entered it or, by the order of their funnel, are beyond it; the won are beyond all. */
    readonly reachedAtLeast: number;
    /** Under which `eventsBehind` lists the events. */
    readonly series: Readonly<Record<string, string>>;
  })[];
  readonly overall: OutcomeNumbers & { readonly series: Readonly<Record<string, string>> };
  /** `key` is null for the deals without. What is behind a group, `deals` lists by the same key. */
  readonly groups?: readonly (FunnelPortion & { readonly key: string | null })[];
}

const stageMeasures = [...flowMeasures, 'value', 'passed-over'] as const;

/**
 * Deals by stage as of a day, what became of all that ever entered a stage, and how deals ended. Exact to the UTC day. Broken down, stage
 * flow goes to the curator at the first entry, an end to the curator at that end, and a deal in a stage to who has it at `asOf`.
 */
export const funnel = async (
  context: QueryContext,
  { by, ...travel }: TimeTravel & { readonly by?: Portioning } = {},
): Promise<FunnelAnswer> => {
  const times = timesOf(context, travel, ['funnel']);
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
      return { stage, inStage: inStage(sums), value: moneyOf(sums, 'value'), ...flow, reachedAtLeast, series: stageSeries(stage) };
    }),
    overall: { ...outcomeNumbers(whole.get('all') ?? nothing), series: seriesOf(outcomeMeasures, {}) },
    ...(portions && {
      groups: [...portions]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, sums]) => ({
          key: keyOfGroup(key),
          stages: inOrder(sums.stages).map((stage) => portionStage(stage, sums.stages.get(stage) ?? nothing)),
          overall: outcomeNumbers(sums.outcomes),
        })),
    }),
  };
};

function portionStage(stage: string, sums: Sums): StageNumbers {
  return { stage, inStage: sums.get('in-stage') ?? 0, value: moneyOf(sums, 'value'), ...flowNumbers(sums) };
}

function stageSeries(stage: string): Readonly<Record<string, string>> {
  const { left } = seriesOf(['left'], { how: 'on', stage });
  return { ...seriesOf(stageMeasures, { stage }), movedOn: left };
}
