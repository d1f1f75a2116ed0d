import { dayOf } from '../days.js';
import type { Contribution, Series } from '../projection.js';
import type { Standing, StandingAt } from './deal-book.js';

/** Takes one dated addend; `credited` is the instant at which whom and what it counts for is looked up. */
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

/** As members of a series. */
export const portionOf = ({ curator, source, segment }: Standing) => ({
  curator: curator ?? BLANK,
  segment: segment ?? BLANK,
  source: source ?? BLANK,
});

/** By curator, source and segment then, all together; and with `-label` by each label that the deal was opened with. */
export const brokenDown = (out: Contribution[], standingAt: StandingAt, labels: Readonly<Record<string, string>>): Emit => {
  const labelled = Object.entries(labels);
  return (series, credited, at, amount, event) => {
    const [day, events] = [dayOf(at), [event]];
    out.push({ series: { ...series, ...portionOf(standingAt(credited)) }, day, amount, events });
    for (const [label, value] of labelled)
      out.push({ series: { ...series, measure: labelName(series.measure!), label, value }, day, amount, events });
  };
};

export const later = (a: string, b: string): string => (a > b ? a : b);
/** None where the clocks put the end before the beginning. */
export const millisBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
