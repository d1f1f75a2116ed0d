import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeCursor, encodeCursor } from '#read-models/cursor.js';
import { compareText } from '#read-models/order.js';
import type { FindQuery } from '#read-models/read-model-store.js';
import type { Described } from '../answer-schema.js';
import { type AnswerTimes, answering, InvalidParameter } from '../reading.js';
import { type Assignments, curatorAt } from '../shared/assignments.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { churnCustomersSchema } from './answer-schema.js';
import { companyFigures } from './company.js';
import { type DayFigures, isCustomer } from './day-figures.js';
import { compactHistoryAt } from './everyone.js';
import { figuresOn } from './figures.js';
import { rfmOf } from './rfm.js';
import { type RiskLevel, riskLevels } from './risk.js';

/** Numbers by which a list can be sorted; a missing one comes last. */
const sorts = {
  recency: ({ daysSinceLast }) => daysSinceLast,
  frequency: ({ purchaseDays }) => purchaseDays,
  silence: ({ silence }) => silence,
  overdue: ({ overdue }) => overdue,
  risk: ({ risk }) => risk,
} satisfies Record<string, (figures: DayFigures) => ArrayLike<number>>;
export type ChurnSort = keyof typeof sorts;
export const churnSorts = Object.keys(sorts) as readonly ChurnSort[];

export interface ChurnCustomersParams extends Pick<TimeTravel, 'asOf'> {
  /** Without it by the customer's id. */
  readonly sort?: ChurnSort;
  /** `desc` when absent: the largest first. Only with `sort`. */
  readonly direction?: 'asc' | 'desc';
  readonly risk?: RiskLevel;
  readonly lapsed?: boolean;
  /** Who answered for the customer at `asOf`. */
  readonly curatorId?: string;
  /** Only those whom this curator has now, whatever `asOf`: others the curator may not see any more. */
  readonly portfolioOf?: string;
  /** Whether to count all pages. */
  readonly total?: boolean;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface ChurnCustomersAnswer extends AnswerTimes, Described<typeof churnCustomersSchema> {
  readonly next?: string;
}

const A_SLICE = 20_000;

/** As of the end of the day of `asOf`, by the events known now; the events behind a customer's figures are in `churnOf`. */
export const churnCustomers = async (given: QueryContext, params: ChurnCustomersParams): Promise<ChurnCustomersAnswer> => {
  const { sort, direction = sort ? 'desc' : 'asc', total, risk, lapsed, curatorId, portfolioOf, limit = 100, cursor } = params;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new InvalidParameter('limit', 'must be a whole number from 1 to 1000');
  const { context, times } = answering(given, params);
  const query: FindQuery = {
    where: { risk: risk ?? null, lapsed: lapsed === undefined ? null : Number(lapsed), curatorId: curatorId ?? null },
    sort: { field: sort ?? 'customerId', direction },
  };
  const after = cursor === undefined ? undefined : decodeCursor(query, cursor);
  const figures = await companyFigures(context, times.asOf);
  const { everyone, day } = figures;
  const isAskedFor = (at: number) =>
    isCustomer(figures, at) &&
    (risk === undefined || riskLevels[figures.risk[at]!] === risk) &&
    (lapsed === undefined || figures.lapsed[at] === Number(lapsed)) &&
    (curatorId === undefined || hadThen(everyone.assignments[at]!, curatorId, times.asOf)) &&
    (portfolioOf === undefined || hadThen(everyone.assignments[at]!, portfolioOf, context.now));
  const by = sort && sorts[sort](figures);
  const sign = direction === 'desc' ? -1 : 1;
  const orderOf = (at: number) => (by === undefined ? sign * at : Number.isNaN(by[at]!) ? Number.MAX_VALUE : sign * by[at]!);
  // By their ids customers are compared as text: another page may see more of them.
  const behind = ({ sort: value, key }: ReturnType<typeof decodeCursor>, at: number) =>
    by === undefined
      ? sign * compareText(everyone.customers[at]!, key)
      : orderOf(at) - Number(value) || compareText(everyone.customers[at]!, key);
  const isBehind = (at: number) => after === undefined || behind(after, at) > 0;
  let count = 0;
  const page: number[] = [];
  for (let at = 0; at < everyone.customers.length; at++) {
    if (at % A_SLICE === 0) await nextTurn();
    if (!isAskedFor(at)) continue;
    count++;
    if (isBehind(at)) putInOrder(page, at, orderOf, limit + 1);
  }
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  return {
    ...times,
    position: everyone.position,
    ...(total && { total: count }),
    customers: shown.map((at) => {
      const shownFigures = figuresOn(compactHistoryAt(everyone, at), day, context.policies)!;
      return { ...shownFigures, rfm: rfmOf(shownFigures, figures.scale) };
    }),
    ...(page.length > limit && {
      next: encodeCursor(query, { sort: by === undefined ? 0 : orderOf(last!), key: everyone.customers[last!]! }),
    }),
  };
};

/** Most never had the customer, which is seen at once. */
function hadThen(assignments: Assignments, curatorId: string, instant: string): boolean {
  return assignments.some((each) => each.curatorId === curatorId) && curatorAt({ assignments }, instant) === curatorId;
}

/** Customers come in the order of their ids, which decides between equal values; no more than the first so many are kept. */
function putInOrder(page: number[], at: number, orderOf: (at: number) => number, most: number): void {
  const value = orderOf(at);
  let [start, end] = [0, page.length];
  if (end === most && orderOf(page[end - 1]!) <= value) return;
  while (start < end) {
    const middle = (start + end) >> 1;
    if (orderOf(page[middle]!) <= value) start = middle + 1;
    else end = middle;
  }
  page.splice(start, 0, at);
  if (page.length > most) page.pop();
}
