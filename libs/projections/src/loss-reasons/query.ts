import { policyAt } from '#relationship/facts.js';
import { sumsIn } from '../funnel/grouped-sums.js';
import { addTo, moneyOf, place, type Sums } from '../funnel/numbers.js';
import { sumsOfMeasure } from '../measure-sums.js';
import type { Money } from '../money.js';
import type { Series } from '../projection.js';
import { type AnswerTimes, answering, InvalidParameter } from '../reading.js';
import { onDays, seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';

export type LossDimension = 'reason' | 'stage' | 'curator' | 'source' | 'segment';
const dimensions: readonly LossDimension[] = ['reason', 'stage', 'curator', 'source', 'segment'];
const measures = ['losses', 'standing', 'lost-value', 'standing-value'] as const;

export interface LossGroup {
  /** The dimensions asked for; null where it was not given. */
  readonly key: Readonly<Partial<Record<LossDimension, string | null>>>;
  /** All losses, reopened ones too. */
  readonly losses: number;
  /** Losses less those taken back by a reopening. */
  readonly standing: number;
  /** Expected value at the loss, by currency. */
  readonly lostValue: readonly Money[];
  readonly standingValue: readonly Money[];
  /** Of all losses in the answer; null where there are none. */
  readonly share: number | null;
  readonly series: Readonly<Record<'losses' | 'standing' | 'lostValue' | 'standingValue', string>>;
}
export interface LossReasonsAnswer extends AnswerTimes {
  readonly by: readonly LossDimension[];
  readonly losses: number;
  readonly standing: number;
  readonly series: Readonly<Record<'losses' | 'standing', string>>;
  /** Most losses first. By reason alone, reasons of the dictionary without a loss are listed too. */
  readonly groups: readonly LossGroup[];
}
export interface LossReasonsParams extends TimeTravel, Readonly<Partial<Record<LossDimension, string>>> {
  /** One dimension or several with commas, `reason,stage`; `reason` when absent. */
  readonly by?: string;
  /** Inclusive days: losses of this time, and reopenings of this time taken from `standing`. */
  readonly from?: string;
  readonly to?: string;
}

/** Losses by reason or whatever else is asked for; a dimension with a value (`reason=price`) drills down into it. */
export const lossReasons = async (given: QueryContext, params: LossReasonsParams = {}): Promise<LossReasonsAnswer> => {
  const { context, times } = answering(given, params);
  const by = dimensionsIn(params.by ?? 'reason');
  const chosen = dimensions.filter((name) => params[name] !== undefined);
  const to = params.to !== undefined && params.to < times.asOf ? params.to : times.asOf;
  const range = {
    ...(params.from !== undefined && { from: params.from.slice(0, 10) }),
    to: to.slice(0, 10),
    ...(times.knownAt !== undefined && { knownAt: times.knownAt }),
  };
  const found = await Promise.all(measures.map((measure) => sumsOfMeasure(context, 'loss-reasons', measure, range)));
  const groups = new Map<string, Sums>();
  if (by.join() === 'reason' && chosen.length === 0)
    for (const { code } of policyAt(context.policies, 'loss-reasons', times.asOf).document.reasons) sumsIn(groups, JSON.stringify([code]));
  for (const [i, measure] of measures.entries())
    for (const { series, amount } of found[i]!)
      if (chosen.every((name) => series[name] === params[name]))
        addTo(sumsIn(groups, JSON.stringify(by.map((name) => series[name]))), place(measure, series), amount);

  const whole = (measure: string) => [...groups.values()].reduce((sum, sums) => sum + (sums.get(measure) ?? 0), 0);
  const drilled: Series = Object.fromEntries(chosen.map((name) => [name, params[name]!]));
  const ofPeriod = (series: Series) => seriesKey(params.from === undefined && params.to === undefined ? series : onDays(series, range));
  const seriesOf = (measure: string, members: Series = {}) => ofPeriod({ ...drilled, ...members, measure });
  const losses = whole('losses');
  return {
    ...times,
    by,
    losses,
    standing: whole('standing'),
    series: { losses: seriesOf('losses'), standing: seriesOf('standing') },
    groups: [...groups]
      .map(([group, sums]) => {
        const members = Object.fromEntries(by.map((name, i) => [name, (JSON.parse(group) as string[])[i]!]));
        return groupOf(sums, losses, members, (measure) => seriesOf(measure, members));
      })
      .sort((a, b) => b.losses - a.losses || (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1)),
  };
};

function groupOf(sums: Sums, all: number, members: Series, seriesOf: (measure: string) => string): LossGroup {
  const losses = sums.get('losses') ?? 0;
  return {
    key: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value || null])),
    losses,
    standing: sums.get('standing') ?? 0,
    lostValue: moneyOf(sums, 'lost-value'),
    standingValue: moneyOf(sums, 'standing-value'),
    share: all === 0 ? null : losses / all,
    series: {
      losses: seriesOf('losses'),
      standing: seriesOf('standing'),
      lostValue: seriesOf('lost-value'),
      standingValue: seriesOf('standing-value'),
    },
  };
}

function dimensionsIn(by: string): readonly LossDimension[] {
  const names = by.split(',').map((name) => name.trim());
  if (!names.every((name) => dimensions.includes(name as LossDimension))) throw new InvalidParameter('by', `of ${dimensions.join(', ')}`);
  return names as LossDimension[];
}
