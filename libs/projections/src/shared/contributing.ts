import { dayOf, monthOf } from '../days.js';
import type { Contribution, Series } from '../projection.js';
import type { Attribution, AttributionAt } from './deals-document.js';

/** Takes one dated addend; `credited` is the instant at which whom and what it counts for is looked up. */
export type Emit = (series: Series, credited: string, at: string, amount: number, event: string) => void;

/** How a dimension without a value is written in a series; no value given can be empty. */
export const BLANK = '';

/**
 * A number that comes apart has totals of its own for each way in which it does. Those of the measure as it is are by curator, and for stage flow
 * by month of opening too, so that the plain answer adds up as many as there are pairs of these; others have its name with the way behind.
 */
export type NameOf = (measure: string) => string;
export const asItIs: NameOf = (measure) => measure;
export const originName: NameOf = (measure) => `${measure}-origin`;
export const togetherName: NameOf = (measure) => `${measure}-together`;
export const labelName: NameOf = (measure) => `${measure}-label`;

interface Addend {
  readonly series: Series;
  readonly credited: string;
  readonly day: string;
  readonly amount: number;
  readonly events: readonly string[];
}

/** The contributions of one addend. */
export type Way = (addend: Addend, out: Contribution[]) => void;

/** Addends of a deal, each with the ways in which it is added up. */
export interface Addends {
  to(...ways: readonly Way[]): Emit;
  /** In order of the days, so that what a new event adds comes last, where the runner looks first for a difference. */
  contributions(): readonly Contribution[];
}

export const createAddends = (): Addends => {
  const all: { readonly addend: Addend; readonly ways: readonly Way[] }[] = [];
  return {
    to:
      (...ways) =>
      (series, credited, at, amount, event) => {
        all.push({ addend: { series, credited, day: dayOf(at), amount, events: [event] }, ways });
      },
    contributions() {
      all.sort(({ addend: { day: a } }, { addend: { day: b } }) => (a < b ? -1 : a > b ? 1 : 0));
      const out: Contribution[] = [];
      for (const { addend, ways } of all) for (const way of ways) way(addend, out);
      return out;
    },
  };
};

/** For the company as a whole. */
export const plainly: Way = ({ series, day, amount, events }, out) => {
  out.push({ series, day, amount, events });
};

/** By each label that the deal was opened with. */
export const byLabel =
  (labels: Readonly<Record<string, string>>): Way =>
  ({ series, day, amount, events }, out) => {
    for (const label in labels)
      out.push({ series: { ...series, measure: labelName(series.measure!), label, value: labels[label]! }, day, amount, events });
  };

/** The ways of a deal by whom and what it counts for at the time that an addend is credited to. */
export interface Parts {
  readonly byCurator: Way;
  /** By curator and by the month credited. */
  readonly byCohort: Way;
  /** By segment and source. */
  readonly byOrigin: Way;
  /** By curator, segment and source together. */
  readonly together: Way;
  /** By curator and by origin; takes away what was credited as of one instant and adds it as of another, where that is a difference. */
  moved(from: string): Way;
}

export const partsOf = (attributionAt: AttributionAt): Parts => {
  const known = new Map<string, ReturnType<typeof membersOf>>();
  const membersAt = (instant: string) => {
    const members = known.get(instant) ?? membersOf(attributionAt(instant));
    known.set(instant, members);
    return members;
  };
  return {
    byCurator({ series, credited, day, amount, events }, out) {
      out.push({ series: { ...series, ...membersAt(credited).curator }, day, amount, events });
    },
    byCohort({ series, credited, day, amount, events }, out) {
      out.push({ series: { ...series, ...membersAt(credited).curator, cohort: monthOf(credited) }, day, amount, events });
    },
    byOrigin({ series, credited, day, amount, events }, out) {
      out.push({ series: { ...series, measure: originName(series.measure!), ...membersAt(credited).origin }, day, amount, events });
    },
    together({ series, credited, day, amount, events }, out) {
      const { curator, origin } = membersAt(credited);
      out.push({ series: { ...series, measure: togetherName(series.measure!), ...curator, ...origin }, day, amount, events });
    },
    moved:
      (from) =>
      ({ series, credited, day, amount, events }, out) => {
        const [before, after] = [membersAt(from), membersAt(credited)];
        for (const [name, way] of [
          [asItIs, 'curator'],
          [originName, 'origin'],
        ] as const) {
          const [left, entered] = [before[way], after[way]];
          if (Object.keys(left).every((member) => left[member] === entered[member])) continue;
          const measure = name(series.measure!);
          out.push({ series: { ...series, measure, ...left }, day, amount: -amount, events });
          out.push({ series: { ...series, measure, ...entered }, day, amount, events });
        }
      },
  };
};

function membersOf({ curator, segment, source }: Attribution): { readonly curator: Series; readonly origin: Series } {
  return { curator: { curator: curator ?? BLANK }, origin: { segment: segment ?? BLANK, source: source ?? BLANK } };
}

export const later = (a: string, b: string): string => (a > b ? a : b);
/** None where the clocks put the end before the beginning. */
export const millisBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
