import { type AnswerTimes, answering, InvalidParameter } from '../reading.js';
import { asItIs, labelName } from '../shared/contributing.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { grouped, keyOfGroup, namesBy, type Portioning, sumsOf, untilDay, whole } from './grouped-sums.js';
import { type OutcomeNumbers, type OutcomeSeries, outcomeMeasures, outcomeNumbers, outcomeSeries } from './numbers.js';

/** `label:<name>` goes by the labels that deals were opened with. */
export type ConversionDimension = Portioning | `label:${string}`;

export interface ConversionAnswer extends AnswerTimes {
  readonly dimension: ConversionDimension;
  /** Most deals first. `key` is null for the deals without, which for labels are not listed; a source called "unknown" is one. */
  readonly groups: readonly (OutcomeNumbers & { readonly key: string | null; readonly series: OutcomeSeries })[];
  readonly overall: OutcomeNumbers & { readonly series: OutcomeSeries };
}

export const conversionBy = async (
  given: QueryContext,
  { dimension, ...travel }: TimeTravel & { readonly dimension: ConversionDimension },
): Promise<ConversionAnswer> => {
  const { context, times } = answering(given, travel);
  const label = dimension.startsWith('label:') ? dimension.slice('label:'.length) : undefined;
  if (label === undefined && !['curator', 'source', 'segment'].includes(dimension))
    throw new InvalidParameter('dimension', 'must be curator, source, segment or label:<name>');
  const nameOf = label === undefined ? namesBy(dimension as Portioning) : labelName;
  const range = untilDay(context, times);
  const [all, parts] = await Promise.all([sumsOf(context, outcomeMeasures, range), sumsOf(context, outcomeMeasures, range, nameOf)]);
  const groups = grouped(parts, (series) => (label === undefined ? series[dimension] : series.label === label ? series.value : undefined));
  return {
    ...times,
    dimension,
    groups: [...groups]
      .map(([group, sums]) => ({
        key: label === undefined ? keyOfGroup(group) : group,
        ...outcomeNumbers(sums),
        series: outcomeSeries(label === undefined ? { [dimension]: group } : { label, value: group }, nameOf),
      }))
      .sort((a, b) => b.opened - a.opened || b.won - a.won || ((a.key ?? '') < (b.key ?? '') ? -1 : 1)),
    overall: { ...outcomeNumbers(whole(all)), series: outcomeSeries({}, asItIs) },
  };
};
