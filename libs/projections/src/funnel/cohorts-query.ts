import { policyAt } from '#relationship/read-side.js';
import { type AnswerTimes, answering } from '../reading.js';
import { asItIs } from '../shared/contributing.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { grouped, sumsOf, untilDay } from './grouped-sums.js';
import { type FlowNumbers, type FlowSeries, flowMeasures, flowNumbers, flowSeries } from './numbers.js';

export interface FunnelCohort extends FlowNumbers {
  /** Month in which the deals first entered the stage, `YYYY-MM`. */
  readonly cohort: string;
  readonly stage: string;
  readonly series: FlowSeries;
}
export interface FunnelCohortsAnswer extends AnswerTimes {
  readonly cohorts: readonly FunnelCohort[];
}
export interface FunnelCohortsParams extends TimeTravel {
  readonly stage?: string;
  /** Months, inclusive. */
  readonly from?: string;
  readonly to?: string;
}

/** Conversion and duration per stage by month of entry; deals that are still open count among those that entered. */
export const funnelCohorts = async (
  given: QueryContext,
  { stage: only, from = '', to = '9999-12', ...travel }: FunnelCohortsParams = {},
): Promise<FunnelCohortsAnswer> => {
  const { context, times } = answering(given, travel);
  const { stages } = policyAt(context.policies, 'funnel', times.asOf).document;
  const order = (stage: string) => (stages.includes(stage) ? stages.indexOf(stage) : stages.length);
  const sums = await sumsOf(context, flowMeasures, untilDay(context, times));
  const groups = grouped(sums, ({ cohort, stage }) =>
    (only !== undefined && stage !== only) || cohort! < from || cohort! > to ? undefined : `${cohort} ${stage}`,
  );
  const cohorts = [...groups].map(([group, sums]) => {
    const [cohort, stage] = [group.slice(0, 7), group.slice(8)];
    return { cohort, stage, ...flowNumbers(sums), series: flowSeries({ cohort, stage }, asItIs) };
  });
  return {
    ...times,
    cohorts: cohorts.sort((a, b) => (a.cohort < b.cohort ? -1 : a.cohort > b.cohort ? 1 : order(a.stage) - order(b.stage))),
  };
};
