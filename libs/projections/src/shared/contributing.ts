import type { Calendar } from '../calendar.js';
import type { Contribution, Measures, Series, Way } from '../projection.js';
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
const behind = { origin: '-origin', together: '-together', label: '-label' } as const;
export const asItIs: NameOf = (measure) => measure;
export const originName: NameOf = (measure) => measure + behind.origin;
export const togetherName: NameOf = (measure) => measure + behind.together;
export const labelName: NameOf = (measure) => measure + behind.label;

/** The ways in which what is credited as of an instant comes apart; none for the company as a whole. */
export type WaysAt = (credited: string) => readonly Way[];

/** Addends of a deal, each with the ways in which it is added up. */
export interface Addends {
  to(waysAt?: WaysAt): Emit;
  /** Takes away what was credited as of one instant and adds it as of another, in the ways where that is a difference. */
  moved(waysAt: WaysAt): (from: string) => Emit;
  /** In order of the days, so that what a new event adds comes last, where the runner looks first for a difference. */
  contributions(): readonly Contribution[];
}

export const createAddends = ({ dayOf }: Calendar): Addends => {
  const all: Contribution[] = [];
  const put = (series: Series, ways: readonly Way[], at: string, amount: number, event: string) =>
    all.push({ series, ways, day: dayOf(at), amount, events: [event] });
  return {
    to: (waysAt) => (series, credited, at, amount, event) => {
      if (waysAt) put(series, waysAt(credited), at, amount, event);
      else all.push({ series, day: dayOf(at), amount, events: [event] });
    },
    moved: (waysAt) => (from) => (series, credited, at, amount, event) => {
      if (from === credited) return;
      const [before, after] = [waysAt(from), waysAt(credited)];
      const differs = (_: Way, place: number) => !sameMembers(before[place]!.members, after[place]!.members);
      const left = before.filter(differs);
      if (left.length === 0) return;
      put(series, left, at, -amount, event);
      put(series, after.filter(differs), at, amount, event);
    },
    contributions: () => all.sort(({ day: a }, { day: b }) => (a < b ? -1 : a > b ? 1 : 0)),
  };
};

/** The ways of a deal by whom and what it counts for at the time that an addend is credited to. */
export interface DealWays {
  /** By curator, and by segment and source. */
  readonly apart: WaysAt;
  /** The same, and by each label that the deal was opened with. */
  readonly labelled: WaysAt;
  /** By curator and the month credited, and by segment and source. */
  readonly byMonth: WaysAt;
  /** As `apart`, and by curator, segment and source together. */
  readonly together: WaysAt;
}

const byCurator = ['curator'];
const byOrigin = ['segment', 'source'];
/** What the measures of these names are called in each of the ways, and broken down by. */
export const measuresIn = (ways: keyof DealWays, dimensionsOf: Measures): Measures =>
  Object.fromEntries(
    Object.entries(dimensionsOf).flatMap(([name, own]) => [
      [asItIs(name), [...own, ...byCurator, ...(ways === 'byMonth' ? ['cohort'] : [])]],
      [originName(name), [...own, ...byOrigin]],
      ...(ways === 'labelled' ? [[labelName(name), [...own, 'label', 'value']] as const] : []),
      ...(ways === 'together' ? [[togetherName(name), [...own, ...byCurator, ...byOrigin]] as const] : []),
    ]),
  );

export const dealWays = (attributionAt: AttributionAt, labels: Readonly<Record<string, string>>, { monthOf }: Calendar): DealWays => {
  const apart = kept((instant) => waysOf(attributionAt(instant)));
  const byLabel = Object.entries(labels).map(([label, value]): Way => ({ suffix: behind.label, members: { label, value } }));
  return {
    apart,
    labelled: byLabel.length === 0 ? apart : kept((instant) => [...apart(instant), ...byLabel]),
    byMonth: kept((instant) => {
      const [curator, origin] = apart(instant);
      return [{ suffix: '', members: { cohort: monthOf(instant), ...curator!.members } }, origin!];
    }),
    together: kept((instant) => {
      const ways = apart(instant);
      return [...ways, { suffix: behind.together, members: Object.assign({}, ...ways.map(({ members }) => members)) }];
    }),
  };
};

function waysOf({ curator, segment, source }: Attribution): readonly Way[] {
  return [
    { suffix: '', members: { curator: curator ?? BLANK } },
    { suffix: behind.origin, members: { segment: segment ?? BLANK, source: source ?? BLANK } },
  ];
}

function kept(waysAt: WaysAt): WaysAt {
  const known = new Map<string, readonly Way[]>();
  return (instant) => {
    const ways = known.get(instant) ?? waysAt(instant);
    known.set(instant, ways);
    return ways;
  };
}

function sameMembers(one: Series, other: Series): boolean {
  return Object.keys(one).every((name) => one[name] === other[name]);
}

export const later = (a: string, b: string): string => (a > b ? a : b);
/** None where the clocks put the end before the beginning. */
export const millisBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
