import { dayOf } from '../days.js';
import type { Contribution, Series } from '../projection.js';
import type { Standing } from './deal-book.js';

/** Takes one dated addend; `credited` is the instant whose curator it goes to. */
export type Emit = (series: Series, credited: string, at: string, amount: number, event: string) => void;

/** How a dimension that was not given stands in a series; no value given can be empty. */
export const BLANK = '';
export const labelName = (measure: string): string => `${measure}-label`;

/** For the company as a whole. */
export const plainly =
  (out: Contribution[]): Emit =>
  (series, _, at, amount, event) => {
    out.push({ series, day: dayOf(at), amount, events: [event] });
  };

/** By curator then, source and segment together; and with `-label` by each label that the deal was opened with. */
export const brokenDown = (
  out: Contribution[],
  { source, segment, curatorAt }: Standing,
  labels: Readonly<Record<string, string>>,
): Emit => {
  const labelled = Object.entries(labels);
  return (series, credited, at, amount, event) => {
    const [day, events] = [dayOf(at), [event]];
    const portion = { curator: curatorAt(credited) ?? BLANK, segment: segment ?? BLANK, source: source ?? BLANK };
    out.push({ series: { ...series, ...portion }, day, amount, events });
    for (const [label, value] of labelled)
      out.push({ series: { ...series, measure: labelName(series.measure!), label, value }, day, amount, events });
  };
};

export const later = (a: string, b: string): string => (a > b ? a : b);
export const millisBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
