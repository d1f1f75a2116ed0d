import { sumsOfMeasure } from '../measure-sums.js';
import type { Series } from '../projection.js';
import { BLANK } from '../shared/contributing.js';
import type { QueryContext } from '../view-reader.js';
import { addTo, place, type Sums } from './numbers.js';

export interface Times {
  readonly asOf: string;
  readonly knownAt?: string;
}

/** The sums of several measures, each put into a group by its series; `groupOf` answers undefined for what is not asked for. */
export const groupedSums = async (
  context: QueryContext,
  measures: readonly { readonly name: string; readonly measure: string }[],
  { asOf, knownAt }: Times,
  groupOf: (series: Series) => string | undefined,
): Promise<ReadonlyMap<string, Sums>> => {
  const range = { to: asOf.slice(0, 10), ...(knownAt !== undefined && { knownAt }) };
  const found = await Promise.all(measures.map(({ measure }) => sumsOfMeasure(context, 'funnel', measure, range)));
  const groups = new Map<string, Sums>();
  for (const [i, { name }] of measures.entries())
    for (const { series, amount } of found[i]!) {
      const group = groupOf(series);
      if (group !== undefined) addTo(sumsIn(groups, group), place(name, series), amount);
    }
  return groups;
};

export const sumsIn = (groups: Map<string, Sums>, group: string): Sums => {
  const known = groups.get(group);
  if (known) return known;
  const sums: Sums = new Map();
  groups.set(group, sums);
  return sums;
};

export const namedAlike = (names: readonly string[]) => names.map((name) => ({ name, measure: name }));
export const nothing: Sums = new Map();
export const keyOfGroup = (group: string): string | null => (group === BLANK ? null : group);
