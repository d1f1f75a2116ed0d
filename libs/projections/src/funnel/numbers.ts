import { A_DAY } from '../days.js';
import { exact } from '../exact.js';
import type { Money } from '../money.js';
import type { Series } from '../projection.js';
import { seriesKey, seriesSum } from '../series.js';
import type { NameOf } from '../shared/contributing.js';

/** Sums by measure; of a currency, `<measure> <currency>`; of stays that ended, `left <how>`. */
export type Sums = Map<string, number>;

export const place = (measure: string, { currency, how }: Readonly<Record<string, string>>): string =>
  currency !== undefined ? `${measure} ${currency}` : how !== undefined ? `${measure} ${how}` : measure;

export const addTo = (sums: Sums, name: string, amount: number): void => {
  sums.set(name, exact((sums.get(name) ?? 0) + amount, name));
};

/** By currency, in order of its code; sums of zero are left out. */
export const moneyOf = (sums: Sums, measure: string): readonly Money[] =>
  [...sums]
    .filter(([name, minor]) => name.startsWith(`${measure} `) && minor !== 0)
    .map(([name, minor]) => ({ minor, currency: name.slice(measure.length + 1) }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));

/** Null where there is nothing to divide by. */
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const meanDays = (millis: number, count: number): number | null => (count === 0 ? null : millis / count / A_DAY);

/** What became of the deals that ever were in a stage. */
export interface FlowNumbers {
  readonly entered: number;
  /** Of them, those that later entered a stage further on or were won; a reopening does not undo it. */
  readonly movedOn: number;
  readonly won: number;
  readonly lost: number;
  readonly open: number;
  /** `movedOn / entered`; null where nothing entered, as all rates. */
  readonly conversionToNext: number | null;
  /** `won / entered`: open deals are in the denominator. */
  readonly winRate: number | null;
  /** `won / (won + lost)`. */
  readonly closeRate: number | null;
  /** Stays that ended, how, and their mean length. */
  readonly staysEnded: { readonly on: number; readonly lost: number; readonly back: number; readonly again: number };
  readonly meanDays: number | null;
}

/** Under which `eventsBehind` lists what is behind each number; `meanDays`: the milliseconds of the stays that it is the mean of. */
export interface FlowSeries extends Readonly<Record<'entered' | 'movedOn' | 'won' | 'lost' | 'open' | 'meanDays', string>> {
  readonly staysEnded: Readonly<Record<keyof FlowNumbers['staysEnded'], string>>;
}

export const flowSeries = (dimensions: Series, nameOf: NameOf): FlowSeries => {
  const of = (measure: string) => ({ ...dimensions, measure: nameOf(measure) });
  const left = (how: string) => ({ ...of('left'), how });
  return {
    entered: seriesKey(of('entered')),
    movedOn: seriesSum([left('on'), of('moved-on-later')]),
    won: seriesKey(of('stage-won')),
    lost: seriesKey(of('stage-lost')),
    open: seriesSum([of('entered')], [of('stage-won'), of('stage-lost')]),
    staysEnded: {
      on: seriesKey(left('on')),
      lost: seriesKey(left('lost')),
      back: seriesKey(left('back')),
      again: seriesKey(left('again')),
    },
    meanDays: seriesKey(of('left-ms')),
  };
};

export const flowMeasures = ['entered', 'left', 'left-ms', 'moved-on-later', 'stage-won', 'stage-lost'] as const;

export const flowNumbers = (sums: Sums): FlowNumbers => {
  const of = (name: string) => sums.get(name) ?? 0;
  const [entered, won, lost] = [of('entered'), of('stage-won'), of('stage-lost')];
  const movedOn = of('left on') + of('moved-on-later');
  return {
    entered,
    movedOn,
    won,
    lost,
    open: entered - won - lost,
    conversionToNext: ratio(movedOn, entered),
    winRate: ratio(won, entered),
    closeRate: ratio(won, won + lost),
    staysEnded: { on: of('left on'), lost: of('left lost'), back: of('left back'), again: of('left again') },
    meanDays: meanDays(of('left-ms'), leftIn(sums)),
  };
};

export const leftIn = (sums: Sums): number => ['on', 'lost', 'back', 'again'].reduce((sum, how) => sum + (sums.get(`left ${how}`) ?? 0), 0);

export interface OutcomeNumbers {
  readonly opened: number;
  /** Of those opened here, the ones that were won, whoever had them at the end. */
  readonly converted: number;
  readonly won: number;
  readonly lost: number;
  /** `converted / opened`. */
  readonly winRate: number | null;
  /** `won / (won + lost)`. */
  readonly closeRate: number | null;
  readonly wonAmount: readonly Money[];
  readonly cost: readonly Money[];
  /** Opening to win, deals won before they were opened included as having taken no time. */
  readonly meanDaysToWin: number | null;
  readonly wonBeforeOpened: number;
}

/** `meanDaysToWin`: the milliseconds that it is the mean of. */
export type OutcomeSeries = Readonly<Record<Exclude<keyof OutcomeNumbers, 'winRate' | 'closeRate'>, string>>;

export const outcomeSeries = (dimensions: Series, nameOf: NameOf): OutcomeSeries => {
  const of = (name: (typeof outcomeMeasures)[number]) => seriesKey({ ...dimensions, measure: nameOf(name) });
  return {
    opened: of('opened'),
    converted: of('converted'),
    won: of('won'),
    lost: of('lost'),
    wonAmount: of('won-amount'),
    cost: of('cost'),
    meanDaysToWin: of('won-ms'),
    wonBeforeOpened: of('won-before-opened'),
  };
};

export const outcomeMeasures = ['opened', 'converted', 'won', 'lost', 'won-amount', 'cost', 'won-ms', 'won-before-opened'] as const;

export const outcomeNumbers = (sums: Sums): OutcomeNumbers => {
  const of = (name: string) => sums.get(name) ?? 0;
  return {
    opened: of('opened'),
    converted: of('converted'),
    won: of('won'),
    lost: of('lost'),
    winRate: ratio(of('converted'), of('opened')),
    closeRate: ratio(of('won'), of('won') + of('lost')),
    wonAmount: moneyOf(sums, 'won-amount'),
    cost: moneyOf(sums, 'cost'),
    meanDaysToWin: meanDays(of('won-ms'), of('won')),
    wonBeforeOpened: of('won-before-opened'),
  };
};
