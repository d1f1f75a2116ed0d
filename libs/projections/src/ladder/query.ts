import { type PolicyHistory, policyAt } from '#relationship/read-side.js';
import type { Described } from '../answer-schema.js';
import { calendarOf } from '../calendar.js';
import { contributorsTo } from '../contributor.js';
import { dayName, dayNumber } from '../days.js';
import { sumsOfMeasure } from '../measure-sums.js';
import type { Projection, Series } from '../projection.js';
import { answering, documentAt, InvalidParameter } from '../reading.js';
import { type DayRange, onDays, seriesKey, seriesSum } from '../series.js';
import { departureOf } from '../shared/departure.js';
import { excludedRole } from '../shared/roles.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { LadderDistributionAnswer, LadderMovesAnswer, LadderOfAnswer, ladderCustomersSchema } from './answer-schema.js';
import type { LadderDocument } from './evidence.js';
import { ladderAt } from './ladder-at.js';
import { ladderProjection } from './projection.js';
import { type Rung, rungs } from './rungs.js';

/** A customer's rung, because of what, what is missing for the next, and when it lapses. Undefined for one of whom nothing is known. */
export const ladderOf = async (
  given: QueryContext,
  { customerId, ...travel }: TimeTravel & { readonly customerId: string },
): Promise<LadderOfAnswer | undefined> => {
  const { context, times } = answering(given, travel);
  const document = await documentAt(context, ladderProjection, customerId, travel);
  if (!document) return undefined;
  return {
    ...times,
    customerId,
    ...(ladderAt(document, context.policies, times.asOf) ?? nowhere(document, context.policies, times.asOf)),
  };
};

const nowhere = (document: LadderDocument, policies: PolicyHistory, at: string) => {
  const role = departureOf(document) ? undefined : excludedRole(policies, 'ladder', document, at);
  return { ...noRung, ...(role && { excludedRole: role }), policyVersion: policyAt(policies, 'ladder', at).version };
};

const noRung = {
  rung: null,
  since: null,
  because: [],
  missing: [],
  lapsesAt: null,
  lapsesTo: null,
  steps: [],
};

/** Customers by rung at the end of a day, which may lie in the future: then as time alone would have it. */
export const ladderDistribution = async (given: QueryContext, travel: TimeTravel = {}): Promise<LadderDistributionAnswer> => {
  const { context, times } = answering(given, travel);
  const counts = await countsOn(context, times.asOf, times.knownAt);
  const customers = counts.reduce((sum, rung) => sum + rung.customers, 0);
  return { ...times, rungs: counts, customers, series: seriesKey({ measure: 'on-rung' }) };
};

/** Moves after the end of the day `from` until the end of the day `to`. */
export const ladderMoves = async (
  given: QueryContext,
  { from, to = given.now, knownAt }: Pick<TimeTravel, 'knownAt'> & { readonly from: string; readonly to?: string },
): Promise<LadderMovesAnswer> => {
  const { context, times } = answering(given, { asOf: to, ...(knownAt !== undefined && { knownAt }) });
  const [first, last] = [from, to].map(calendarOf(context.policies).dayOf) as [string, string];
  if (!(first <= last)) throw new InvalidParameter('from', 'must not be after `to`');
  const range = { from: dayName(dayNumber(first) + 1), to: last, ...(times.knownAt !== undefined && { knownAt: times.knownAt }) };
  const [sums, before, after] = await Promise.all([
    sumsOfMeasure(context, 'ladder', 'move', range),
    countsOn(context, first, times.knownAt),
    countsOn(context, last, times.knownAt),
  ]);
  const moves = sums
    .map(({ series, amount }) => ({
      from: series.from as Rung,
      to: series.to as Rung,
      customers: amount,
      series: seriesKey(onDays(series, range)),
    }))
    .sort((a, b) => rungs.indexOf(a.from) - rungs.indexOf(b.from) || rungs.indexOf(a.to) - rungs.indexOf(b.to));
  const customers = (chosen: typeof moves) => chosen.reduce((sum, move) => sum + move.customers, 0);
  const move = (members: Series) => onDays({ measure: 'move', ...members }, range);
  const isUp = ({ from, to }: { readonly from: Rung; readonly to: Rung }) => rungs.indexOf(to) > rungs.indexOf(from);
  const pairs = rungs.flatMap((from) => rungs.filter((to) => to !== from).map((to) => ({ from, to })));
  return {
    ...times,
    from: first,
    to: last,
    moves,
    up: customers(moves.filter(isUp)),
    down: customers(moves.filter((move) => !isUp(move))),
    series: { up: seriesSum(pairs.filter(isUp).map(move)), down: seriesSum(pairs.filter((pair) => !isUp(pair)).map(move)) },
    rungs: rungs.map((rung, i) => {
      const [came, went] = [customers(moves.filter((move) => move.to === rung)), customers(moves.filter((move) => move.from === rung))];
      const [old, now] = [before[i]!.customers, after[i]!.customers];
      const on = (days: DayRange) => onDays({ measure: 'on-rung', rung }, days);
      const series = {
        before: seriesKey(on({ to: first })),
        in: seriesKey(move({ to: rung })),
        out: seriesKey(move({ from: rung })),
        joined: seriesSum([on(range), move({ from: rung })], [move({ to: rung })]),
        after: seriesKey(on({ to: last })),
      };
      return { rung, before: old, in: came, out: went, joined: now - old - came + went, after: now, series };
    }),
  };
};

export interface LadderCustomersParams extends TimeTravel {
  readonly rung: Rung;
  /** Whether to count all pages. */
  readonly total?: boolean;
  readonly cursor?: string;
  readonly limit?: number;
}
export type LadderCustomersAnswer = Described<typeof ladderCustomersSchema> & { readonly next?: string };

/** Customers who were ever on the rung, of one page: an empty one may have a next one too. */
const MOST_LOOKED_AT = 1_000;

/** Customers on a rung at the end of a day, by id. A page may hold fewer than `limit` although there is a next one. */
export const ladderCustomers = async (
  given: QueryContext,
  { rung, total, cursor, limit = 100, ...travel }: LadderCustomersParams,
): Promise<LadderCustomersAnswer> => {
  if (!rungs.includes(rung)) throw new InvalidParameter('rung', `one of ${rungs.join(', ')}`);
  const { context, times } = answering(given, travel);
  const customers: { customerId: string; events: readonly string[] }[] = [];
  let looked = 0;
  let next = cursor;
  const series = seriesKey({ measure: 'on-rung', rung });
  do {
    const page = await contributorsTo(context, ladderProjection as Projection, {
      ...times,
      series,
      limit,
      ...(next !== undefined && { cursor: next }),
    });
    for (const { customerId, amount, events } of page.contributors) if (amount > 0) customers.push({ customerId, events });
    const isFirst = looked === 0;
    looked += Math.max(1, page.looked);
    next = page.next;
    if (isFirst && customers.length === 0 && (await countOn(context, rung, times)) === 0) next = undefined;
  } while (customers.length === 0 && next !== undefined && looked < MOST_LOOKED_AT);
  const counts = total ? await countsOn(context, times.asOf, times.knownAt) : [];
  const counted = counts.find((each) => each.rung === rung);
  return { ...times, rung, ...(counted && { total: counted.customers }), customers, ...(next !== undefined && { next }) };
};

const countOn = async (context: QueryContext, rung: Rung, { asOf, knownAt }: TimeTravel & { readonly asOf: string }) =>
  (await countsOn(context, asOf, knownAt)).find((each) => each.rung === rung)!.customers;

async function countsOn(context: QueryContext, to: string, knownAt: string | undefined): Promise<LadderDistributionAnswer['rungs']> {
  const range = { to: calendarOf(context.policies).dayOf(to), ...(knownAt !== undefined && { knownAt }) };
  const counts = new Map((await sumsOfMeasure(context, 'ladder', 'on-rung', range)).map(({ series, amount }) => [series.rung, amount]));
  return rungs.map((rung) => ({ rung, customers: counts.get(rung) ?? 0, series: seriesKey({ measure: 'on-rung', rung }) }));
}
