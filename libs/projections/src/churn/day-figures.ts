import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicyHistory } from '#relationship/read-side.js';
import type { Measures, Series } from '../projection.js';
import { seriesKey } from '../series.js';
import type { RfmScores } from './answer-schema.js';
import { compactHistoryAt, type Everyone } from './everyone.js';
import { customerOn, normsOn } from './figures.js';
import { type RfmScale, rfmOf, scaleOf, scoreIn } from './rfm.js';
import { type RiskLevel, riskLevels } from './risk.js';
import { overdueDaysOf } from './silence.js';

/** What everybody is counted and sorted by as of the end of one day, by the customer's place among all; NaN where there is nothing. */
export interface DayFigures {
  readonly day: number;
  readonly everyone: Everyone;
  /** Place in `riskLevels`; NaN for a record that is no customer on that day. */
  readonly risk: Float32Array;
  readonly lapsed: Uint8Array;
  readonly daysSinceLast: Float32Array;
  readonly purchaseDays: Float32Array;
  readonly overdue: Float32Array;
  readonly silence: Float64Array;
  /** By the place of the currency. */
  readonly value: readonly Float64Array[];
  readonly scale: RfmScale;
  readonly distribution: Distribution<number> & { readonly series: Distribution<string> };
}

export interface Distribution<Of> {
  readonly customers: Of;
  readonly risk: Readonly<Record<RiskLevel, Of>>;
  readonly recency: Readonly<Record<string, Of>>;
  readonly frequency: Readonly<Record<string, Of>>;
  readonly monetary: Readonly<Record<string, Readonly<Record<string, Of>>>>;
  /** By currency and by cell, e.g. `555`. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Of>>>>;
}

export const isCustomer = ({ risk }: Pick<DayFigures, 'risk'>, at: number): boolean => !Number.isNaN(risk[at]!);

const A_SLICE = 5_000;

export const figuresOfDay = async (everyone: Everyone, policies: PolicyHistory, day: number): Promise<DayFigures> => {
  const norms = normsOn(policies, day);
  const many = everyone.customers.length;
  const none = () => new Float32Array(many).fill(Number.NaN);
  const columns = { risk: none(), daysSinceLast: none(), purchaseDays: none(), overdue: none(), lapsed: new Uint8Array(many) };
  const silence = new Float64Array(many).fill(Number.NaN);
  const value = everyone.currencies.map(() => new Float64Array(many).fill(Number.NaN));
  for (let at = 0; at < many; at++) {
    if (at % A_SLICE === 0) await nextTurn();
    const found = customerOn(compactHistoryAt(everyone, at), norms);
    if (!found) continue;
    columns.risk[at] = riskLevels.indexOf(found.risk);
    columns.lapsed[at] = Number(found.lapsed);
    columns.daysSinceLast[at] = found.daysSinceLast ?? Number.NaN;
    columns.purchaseDays[at] = found.days.length;
    columns.overdue[at] = overdueDaysOf(found, day) ?? Number.NaN;
    silence[at] = found.silenceRatio ?? Number.NaN;
    for (let i = 0; i < found.value.length; i += 2) value[found.value[i]!]![at] = found.value[i + 1]!;
  }
  const figures = { day, everyone, ...columns, silence, value, scale: await scaleOf(everyone.currencies, { ...columns, value }) };
  return { ...figures, distribution: await distributionOf(figures) };
};

type Scored = Omit<DayFigures, 'distribution'>;

const scoresAt = ({ daysSinceLast, purchaseDays, value, scale, everyone }: Scored, at: number): RfmScores | null => {
  const money = everyone.currencies.map((currency, place) => [currency, value[place]![at]!] as const);
  const figures = { purchaseDays: purchaseDays[at]!, value: Object.fromEntries(money.filter(([, minor]) => !Number.isNaN(minor))) };
  return Number.isNaN(daysSinceLast[at]!) ? null : rfmOf({ ...figures, buying: { daysSinceLast: daysSinceLast[at]! } }, scale);
};

export const distributionMeasures: Measures = {
  ...{ customers: [], risk: ['risk'], recency: ['score'], frequency: ['score'] },
  ...{ monetary: ['currency', 'score'], cells: ['currency', 'cell'] },
};

/** All that a customer counts in of the distribution of the company. */
export const placesAt = (figures: Scored, at: number): readonly Series[] => {
  const places: Series[] = [{ measure: 'customers' }, { measure: 'risk', risk: riskLevels[figures.risk[at]!]! }];
  const scores = scoresAt(figures, at);
  if (!scores) return places;
  const { recency, frequency, monetary } = scores;
  places.push({ measure: 'recency', score: String(recency) }, { measure: 'frequency', score: String(frequency) });
  for (const [currency, score] of Object.entries(monetary)) {
    places.push({ measure: 'monetary', currency, score: String(score) });
    places.push({ measure: 'cells', currency, cell: `${recency}${frequency}${score}` });
  }
  return places;
};

async function distributionOf(figures: Scored): Promise<DayFigures['distribution']> {
  const { everyone, scale, value, daysSinceLast, purchaseDays } = figures;
  const risks = new Uint32Array(riskLevels.length);
  const [recencies, frequencies] = [new Uint32Array(SCORES), new Uint32Array(SCORES)];
  const money = everyone.currencies.map((currency, place) => ({
    currency,
    values: value[place]!,
    bounds: scale.monetary.get(currency),
    scores: new Uint32Array(SCORES),
    cells: new Uint32Array(SCORES ** 3),
  }));
  for (let at = 0; at < figures.risk.length; at++) {
    if (at % A_SLICE === 0) await nextTurn();
    if (!isCustomer(figures, at)) continue;
    risks[figures.risk[at]!]!++;
    if (Number.isNaN(daysSinceLast[at]!)) continue;
    const recency = scoreIn(scale.recency, -daysSinceLast[at]!);
    const frequency = scoreIn(scale.frequency, purchaseDays[at]!);
    recencies[recency]!++;
    frequencies[frequency]!++;
    for (const { values, bounds, scores, cells } of money) {
      if (Number.isNaN(values[at]!)) continue;
      const score = scoreIn(bounds, values[at]!);
      scores[score]!++;
      cells[(recency * SCORES + frequency) * SCORES + score]!++;
    }
  }
  const found = money.filter(({ scores }) => scores.some((many) => many > 0));
  const counts = {
    customers: risks.reduce((sum, many) => sum + many, 0),
    risk: { low: risks[0]!, elevated: risks[1]!, high: risks[2]! },
    recency: counted(recencies),
    frequency: counted(frequencies),
    monetary: Object.fromEntries(found.map(({ currency, scores }) => [currency, counted(scores)])),
    cells: Object.fromEntries(found.map(({ currency, cells }) => [currency, counted(cells)])),
  };
  return { ...counts, series: seriesOf(counts) };
}

/** So that three scores, read as one number, name a cell. */
const SCORES = 10;

const counted = (counts: Uint32Array): Record<string, number> =>
  Object.fromEntries(Array.from(counts, (many, name) => [String(name), many] as const).filter(([, many]) => many > 0));

function seriesOf({ risk, recency, frequency, monetary, cells }: Distribution<number>): Distribution<string> {
  const named = (place: Series) => seriesKey({ ...place, derived: 'customers' });
  return {
    customers: named({ measure: 'customers' }),
    risk: eachOf(risk, (level) => named({ measure: 'risk', risk: level })),
    recency: eachOf(recency, (score) => named({ measure: 'recency', score })),
    frequency: eachOf(frequency, (score) => named({ measure: 'frequency', score })),
    monetary: eachOf(monetary, (currency, scores) => eachOf(scores, (score) => named({ measure: 'monetary', currency, score }))),
    cells: eachOf(cells, (currency, cells) => eachOf(cells, (cell) => named({ measure: 'cells', currency, cell }))),
  };
}

function eachOf<Name extends string, From, To>(members: Readonly<Record<Name, From>>, of: (name: Name, member: From) => To) {
  return Object.fromEntries(Object.entries<From>(members).map(([name, member]) => [name, of(name as Name, member)])) as Record<Name, To>;
}
