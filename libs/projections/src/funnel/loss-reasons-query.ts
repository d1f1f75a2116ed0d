import { policyAt } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import type { Money } from '../money.js';
import type { Series } from '../projection.js';
import { type AnswerTimes, answering, InvalidParameter } from '../reading.js';
import { onDays, seriesKey } from '../series.js';
import { asItIs, type NameOf, originName, togetherName } from '../shared/contributing.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { grouped, sumsIn, sumsOf, untilDay } from './grouped-sums.js';
import { addTo, moneyOf, type Sums } from './numbers.js';

export type LossDimension = 'reason' | 'stage' | 'curator' | 'source' | 'segment';
const dimensions: readonly LossDimension[] = ['reason', 'stage', 'curator', 'source', 'segment'];
const measures = ['losses', 'losses-undone', 'lost-value', 'lost-value-undone'] as const;

export interface LossGroup {
  /** The dimensions asked for; null where it was not given. */
  readonly key: Readonly<Partial<Record<LossDimension, string | null>>>;
  /** All losses, reopened ones too. */
  readonly losses: number;
  /** Losses less those taken back by a reopening. */
  readonly notReopened: number;
  /** Expected value at the loss, by currency. */
  readonly lostValue: readonly Money[];
  readonly notReopenedValue: readonly Money[];
  /** Of all losses in the answer; null where there are none. */
  readonly share: number | null;
  readonly series: Readonly<Record<'losses' | 'notReopened' | 'lostValue' | 'notReopenedValue', string>>;
}
export interface LossReasonsAnswer extends AnswerTimes {
  readonly by: readonly LossDimension[];
  readonly losses: number;
  readonly notReopened: number;
  readonly series: Readonly<Record<'losses' | 'notReopened', string>>;
  /** Most losses first. By reason alone, reasons of the dictionary without a loss are listed too. */
  readonly groups: readonly LossGroup[];
}
export interface LossReasonsParams extends TimeTravel, Readonly<Partial<Record<LossDimension, string>>> {
  /** One dimension or several with commas, `reason,stage`; `reason` when absent. */
  readonly by?: string;
  /** Inclusive days: losses of this time, and reopenings of this time taken from `notReopened`. */
  readonly from?: string;
  readonly to?: string;
}

/** Losses by reason or whatever else is asked for; a dimension with a value (`reason=price`) drills down into it. */
export const lossReasons = async (given: QueryContext, params: LossReasonsParams = {}): Promise<LossReasonsAnswer> => {
  const { context, times } = answering(given, params);
  const by = dimensionsIn(params.by ?? 'reason');
  const chosen = dimensions.filter((name) => params[name] !== undefined);
  const to = params.to !== undefined && params.to < times.asOf ? params.to : times.asOf;
  const from = params.from === undefined ? {} : { from: calendarOf(context.policies).dayOf(params.from) };
  const range = { ...from, ...untilDay(context, { ...times, asOf: to }) };
  const nameOf = namesFor([...by, ...chosen]);
  const sums = await sumsOf(context, measures, range, nameOf);
  const groups = grouped(sums, (series) =>
    chosen.every((name) => series[name] === params[name]) ? JSON.stringify(by.map((name) => series[name])) : undefined,
  );
  if (by.join() === 'reason' && chosen.length === 0)
    for (const { code } of policyAt(context.policies, 'loss-reasons', times.asOf).document.reasons) sumsIn(groups, JSON.stringify([code]));

  const total = (of: (sums: Sums) => number) => [...groups.values()].reduce((sum, each) => sum + of(each), 0);
  const drilled: Series = Object.fromEntries(chosen.map((name) => [name, params[name]!]));
  const ofPeriod = (series: Series) => (params.from === undefined && params.to === undefined ? series : onDays(series, range));
  const seriesOf = (members: Series = {}): LossGroup['series'] => {
    // Behind the measure they are the same for all; an answer by all dimensions has thousands of groups.
    const behind = seriesKey(ofPeriod({ ...drilled, ...members }));
    const of = (measure: string) => seriesKey({ measure: nameOf(measure) }) + behind;
    const less = (measure: string) => `${of(measure)}-${of(undone(measure))}`;
    return { losses: of('losses'), notReopened: less('losses'), lostValue: of('lost-value'), notReopenedValue: less('lost-value') };
  };
  const losses = total(lossesIn);
  const { losses: ofLosses, notReopened: ofNotReopened } = seriesOf();
  return {
    ...times,
    by,
    losses,
    notReopened: total(notReopenedIn),
    series: { losses: ofLosses, notReopened: ofNotReopened },
    groups: [...groups]
      .map(([group, each]) => {
        const values = JSON.parse(group) as readonly string[];
        const members = Object.fromEntries(by.map((name, i) => [name, values[i]!]));
        const found = groupOf(each, losses, members, seriesOf(members));
        return { found, text: JSON.stringify(found.key) };
      })
      .sort((a, b) => b.found.losses - a.found.losses || (a.text < b.text ? -1 : 1))
      .map(({ found }) => found),
  };
};

/** By curator, and by source and segment there are totals; by both only those of all dimensions together. */
function namesFor(asked: readonly LossDimension[]): NameOf {
  const isOf = (names: readonly LossDimension[]) => asked.some((name) => names.includes(name));
  if (!isOf(['source', 'segment'])) return asItIs;
  return isOf(['curator']) ? togetherName : originName;
}

const undone = (measure: string) => `${measure}-undone`;
const lossesIn = (sums: Sums) => sums.get('losses') ?? 0;
const notReopenedIn = (sums: Sums) => lossesIn(sums) - (sums.get('losses-undone') ?? 0);

function groupOf(sums: Sums, all: number, members: Series, series: LossGroup['series']): LossGroup {
  const losses = lossesIn(sums);
  return {
    key: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value || null])),
    losses,
    notReopened: notReopenedIn(sums),
    lostValue: moneyOf(sums, 'lost-value'),
    notReopenedValue: moneyOf(notReopenedValues(sums), 'lost-value'),
    share: all === 0 ? null : losses / all,
    series,
  };
}

function notReopenedValues(sums: Sums): Sums {
  const found: Sums = new Map(sums);
  for (const [name, amount] of sums) {
    const [measure, currency] = name.split(' ');
    if (measure === undone('lost-value')) addTo(found, `lost-value ${currency}`, -amount);
  }
  return found;
}

function dimensionsIn(by: string): readonly LossDimension[] {
  const names = by.split(',').map((name) => name.trim());
  if (!names.every((name) => dimensions.includes(name as LossDimension)))
    throw new InvalidParameter('by', `must be one or several of ${dimensions.join(', ')}`);
  return names as LossDimension[];
}
