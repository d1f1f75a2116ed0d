import { calendarOf } from '../calendar.js';
import { type SeriesSum, type SumsRange, sumsOfMeasure } from '../measure-sums.js';
import type { Series } from '../projection.js';
import { asItIs, BLANK, type NameOf, originName } from '../shared/contributing.js';
import type { QueryContext } from '../view-reader.js';
import { addTo, place, type Sums } from './numbers.js';

export type Portioning = 'curator' | 'source' | 'segment';

/** Of the totals that come apart by it. */
export const namesBy = (by: Portioning): NameOf => (by === 'curator' ? asItIs : originName);

interface MeasureSum extends SeriesSum {
  readonly measure: string;
}

export const untilDay = (
  { policies }: QueryContext,
  { asOf, knownAt }: { readonly asOf: string; readonly knownAt?: string },
): SumsRange => ({
  to: calendarOf(policies).dayOf(asOf),
  ...(knownAt !== undefined && { knownAt }),
});

/** The sums of several measures. */
export const sumsOf = async (
  context: QueryContext,
  measures: readonly string[],
  range: SumsRange,
  nameOf = asItIs,
): Promise<readonly MeasureSum[]> => {
  const found = await Promise.all(measures.map((measure) => sumsOfMeasure(context, 'funnel', nameOf(measure), range)));
  return found.flatMap((sums, i) => sums.map((sum) => ({ ...sum, measure: measures[i]! })));
};

/** Each put into a group by its series; `groupOf` answers undefined for what is not asked for. */
export const grouped = (sums: readonly MeasureSum[], groupOf: (series: Series) => string | undefined): Map<string, Sums> => {
  const groups = new Map<string, Sums>();
  for (const { measure, series, amount } of sums) {
    const group = groupOf(series);
    if (group !== undefined) addTo(sumsIn(groups, group), place(measure, series), amount);
  }
  return groups;
};

export const whole = (sums: readonly MeasureSum[]): Sums => grouped(sums, () => '').get('') ?? nothing;

export const sumsIn = (groups: Map<string, Sums>, group: string): Sums => {
  const known = groups.get(group);
  if (known) return known;
  const sums: Sums = new Map();
  groups.set(group, sums);
  return sums;
};

export const nothing: Sums = new Map();
export const keyOfGroup = (group: string): string | null => (group === BLANK ? null : group);
