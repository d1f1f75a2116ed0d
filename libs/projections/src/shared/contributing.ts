import { dayOf, monthOf } from '../days.js';
import type { Contribution, Series } from '../projection.js';
import type { Standing, StandingAt } from './deal-book.js';

/** Takes one dated addend; `credited` is the instant at which whom and what it counts for is looked up. */
export type Emit = (series: Series, credited: string, at: string, amount: number, event: string) => void;

/** How a dimension that was not given stands in a series; no value given can be empty. */
export const BLANK = '';

/**
 * A number that comes apart has totals of its own for each way in which it does, so that an answer reads no more of them than it shows: those
 * of the measure as it is are by curator, others have its name with the way behind.
 */
export type NameOf = (measure: string) => string;
export const asItIs: NameOf = (measure) => measure;
export const originName: NameOf = (measure) => `${measure}-origin`;
export const togetherName: NameOf = (measure) => `${measure}-together`;
export const cohortName: NameOf = (measure) => `${measure}-cohort`;
export const labelName: NameOf = (measure) => `${measure}-label`;

/** Takes an addend into its totals. */
type Taker = (series: Series, credited: string, day: string, amount: number, events: readonly string[]) => void;

export const emitTo =
  (...takers: readonly Taker[]): Emit =>
  (series, credited, at, amount, event) => {
    const [day, events] = [dayOf(at), [event]];
    for (const take of takers) take(series, credited, day, amount, events);
  };

/** For the company as a whole. */
export const plainly =
  (out: Contribution[]): Taker =>
  (series, _, day, amount, events) => {
    out.push({ series, day, amount, events });
  };

/** By the month credited. */
export const byCohort =
  (out: Contribution[]): Taker =>
  (series, credited, day, amount, events) => {
    out.push({ series: { ...series, measure: cohortName(series.measure!), cohort: monthOf(credited) }, day, amount, events });
  };

/** By each label that the deal was opened with. */
export const byLabel =
  (out: Contribution[], labels: Readonly<Record<string, string>>): Taker =>
  (series, _, day, amount, events) => {
    for (const [label, value] of Object.entries(labels))
      out.push({ series: { ...series, measure: labelName(series.measure!), label, value }, day, amount, events });
  };

/** By curator, segment and source together. */
export const together =
  (out: Contribution[], standingAt: StandingAt): Taker =>
  (series, credited, day, amount, events) => {
    const [curator, origin] = membersOf(standingAt(credited));
    out.push({ series: { ...series, measure: togetherName(series.measure!), ...curator, ...origin }, day, amount, events });
  };

export interface BrokenDown {
  readonly take: Taker;
  /** Takes away what was credited as of one instant, and adds it as of another, in each way in which that is a difference. */
  move(series: Series, from: string, to: string, at: string, amount: number, event: string): void;
}

/** By curator, and by segment and source. */
export const brokenDown = (out: Contribution[], standingAt: StandingAt): BrokenDown => {
  const known = new Map<string, ReturnType<typeof membersOf>>();
  const membersAt = (instant: string) => {
    const members = known.get(instant) ?? membersOf(standingAt(instant));
    known.set(instant, members);
    return members;
  };
  return {
    take(series, credited, day, amount, events) {
      const [curator, origin] = membersAt(credited);
      out.push({ series: { ...series, ...curator }, day, amount, events });
      out.push({ series: { ...series, measure: originName(series.measure!), ...origin }, day, amount, events });
    },
    move(series, from, to, at, amount, event) {
      const [day, events] = [dayOf(at), [event]];
      const [before, after] = [membersAt(from), membersAt(to)];
      for (const [i, name] of [asItIs, originName].entries()) {
        const [left, entered] = [before[i]!, after[i]!];
        if (Object.keys(left).every((member) => left[member] === entered[member])) continue;
        const measure = name(series.measure!);
        out.push({ series: { ...series, measure, ...left }, day, amount: -amount, events });
        out.push({ series: { ...series, measure, ...entered }, day, amount, events });
      }
    },
  };
};

function membersOf({ curator, segment, source }: Standing): readonly [curator: Series, origin: Series] {
  return [{ curator: curator ?? BLANK }, { segment: segment ?? BLANK, source: source ?? BLANK }];
}

export const later = (a: string, b: string): string => (a > b ? a : b);
/** None where the clocks put the end before the beginning. */
export const millisBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
