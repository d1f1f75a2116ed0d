import { calendarOf } from '../calendar.js';
import { dayName, dayNumber, monthOf, nextMonth } from '../days.js';
import { type DatedSum, datedSumsOfMeasure, type SeriesSum, sumsOfMeasure } from '../measure-sums.js';
import type { Series } from '../projection.js';
import { answering, InvalidParameter } from '../reading.js';
import { type DayRange, onDays, seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { SupervisorDeskAnswer } from './answer-schema.js';
import type { DeskMeasure } from './contributions.js';

export interface SupervisorDeskParams extends TimeTravel {
  /** Inclusive days, `YYYY-MM-DD`; that of `to` when absent, and that of `asOf`. */
  readonly from?: string;
  readonly to?: string;
  /** One curator only. */
  readonly curatorId?: string;
}

type CuratorLine = SupervisorDeskAnswer['curators'][number];

interface SeriesTotal {
  readonly series: Series;
  readonly amount: number;
  readonly days: DayRange;
}

const measures = [
  'planned',
  'completed',
  'missed',
  'cancelled',
  'rescheduled',
  'contact',
  'promise-made',
  'promise-kept',
  'promise-broken',
] as const;

/** Three years: each month of it is a line for every curator. */
export const MOST_DAYS = 1_097;

/**
 * Planned against done, coverage and load, everything credited to the curator at the time of the event.
 * @throws InvalidParameter where more than `MOST_DAYS` of the period have come
 */
export const supervisorDesk = async (given: QueryContext, params: SupervisorDeskParams): Promise<SupervisorDeskAnswer> => {
  const { context, times } = answering(given, params);
  const today = calendarOf(context.policies).dayOf(times.asOf);
  const { curatorId, to = today, from = to } = params;
  if (from > to) throw new InvalidParameter('to', 'must not be before from');
  const until = to < today ? to : today;
  const days = dayNumber(until) - dayNumber(from) + 1;
  if (days > MOST_DAYS)
    throw new InvalidParameter('from', `must be at most ${MOST_DAYS} days before ${until}; query several periods instead`);
  const first = from < until ? from : until;
  const sumsOf = async (view: string, measure: string, days: DayRange): Promise<readonly SeriesTotal[]> =>
    (await sumsOfMeasure(context, view, measure, { ...times, ...days })).map((sum) => ({ ...sum, days }));
  const sums = (measure: DeskMeasure, days: DayRange) => sumsOf('desk', measure, days);

  const [counted, appointments, portfolio, overdue, receipts, listed, covered, held] = await Promise.all([
    Promise.all(measures.map(async (measure) => [measure, byCurator(await sums(measure, { from, to: until }))] as const)),
    to > today ? sums('planned', { from: from > today ? from : nextDay(today), to }) : [],
    sums('portfolio', { to: until }),
    sums('erasure-overdue', { to: until }),
    sums('receipt-overdue', { to: until }),
    sumsOf('retention', 'listed', { to: until }),
    // The first contact of a month counts from its day.
    sumsOfMeasure(context, 'desk', 'covered', { ...times, from: startOfMonth(from), to: until }),
    Promise.all([
      sumsOfMeasure(context, 'desk', 'held', { ...times, to: first }),
      datedSumsOfMeasure(context, 'desk', 'held', { ...times, from: nextDay(first), to: until }),
    ]),
  ]);
  const months = heldAtEnds(held, monthsOf(from, until), until);
  const coveredBy = new Map(covered.map((sum) => [`${sum.series.month} ${sum.series.curator}`, sum]));
  const done = new Map(counted);
  const scheduled = byCurator(appointments);
  const portfolios = byCurator(portfolio);
  const erasures = byCurator(overdue.filter(({ amount }) => amount !== 0));
  const receiptsOf = byCurator(receipts.filter(({ amount }) => amount !== 0));
  const listings = byCurator(listed.filter(({ amount }) => amount !== 0));
  const all = [...done.values(), scheduled, portfolios, erasures, receiptsOf, listings, ...months.map(({ held }) => held)];
  const curators = new Set(all.flatMap((sums) => [...sums.keys()]));

  const line = (curator: string): CuratorLine => {
    const ahead = count(scheduled.get(curator));
    const of = (measure: (typeof measures)[number]) => count(done.get(measure)?.get(curator));
    return {
      curatorId: curator,
      planned: { ...of('planned'), ahead: ahead.amount, aheadSeries: ahead.series },
      completed: of('completed'),
      missed: of('missed'),
      cancelled: of('cancelled'),
      rescheduled: of('rescheduled'),
      contacts: of('contact'),
      promises: { made: of('promise-made'), kept: of('promise-kept'), broken: of('promise-broken') },
      portfolio: count(portfolios.get(curator)),
      overdueErasures: count(erasures.get(curator)),
      overdueReceipts: count(receiptsOf.get(curator)),
      listedForErasure: { view: 'retention', ...count(listings.get(curator)) },
      coverage: months.flatMap(({ month, held }) => {
        const { amount: portfolio, series: portfolioSeries } = count(held.get(curator));
        if (portfolioSeries === null) return [];
        const sum = coveredBy.get(`${month} ${curator}`);
        const { amount, series } = count(sum && { ...sum, days: { to: until } });
        return [{ month, covered: amount, series, portfolio, portfolioSeries, share: amount / portfolio }];
      }),
    };
  };
  const lines = [...curators].filter((curator) => curatorId === undefined || curator === curatorId).sort();
  return { ...times, from, to, curators: lines.map(line) };
};

/** Of the whole company: customers whose erasure is overdue now, and receipts for erasures that are. */
export const overdueErasures = (context: OfCompany): Promise<number> => totalOf(context, 'erasure-overdue');
export const overdueReceipts = (context: OfCompany): Promise<number> => totalOf(context, 'receipt-overdue');

type OfCompany = Pick<QueryContext, 'reader' | 'policies' | 'now'>;
async function totalOf(context: OfCompany, measure: DeskMeasure): Promise<number> {
  const to = calendarOf(context.policies).dayOf(context.now);
  const sums = await sumsOfMeasure(context, 'desk', measure, { to });
  return sums.reduce((total, { amount }) => total + amount, 0);
}

function byCurator(sums: readonly SeriesTotal[]): Map<string, SeriesTotal> {
  return new Map(sums.map((sum) => [sum.series.curator ?? 'none', sum]));
}

function count(sum: SeriesTotal | undefined): CuratorLine['completed'] {
  return { amount: sum?.amount ?? 0, series: sum ? seriesKey(onDays(sum.series, sum.days)) : null };
}

/** What each curator had at the end of each month. */
function heldAtEnds([before, held]: readonly [readonly SeriesSum[], readonly DatedSum[]], months: readonly string[], until: string) {
  const sums = byCurator(before.map((sum) => ({ ...sum, days: {} })));
  const inOrder = held.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  let at = 0;
  return months.map((month) => {
    const to = lastOf(month, until);
    for (; at < inOrder.length && inOrder[at]!.day <= to; at++) {
      const { series, amount } = inOrder[at]!;
      const curator = series.curator ?? 'none';
      sums.set(curator, { series, amount: (sums.get(curator)?.amount ?? 0) + amount, days: { to } });
    }
    const standing = [...sums].filter(([, { amount }]) => amount !== 0);
    return { month, held: new Map(standing.map(([curator, sum]) => [curator, { ...sum, days: { to } }])) };
  });
}

function startOfMonth(day: string): string {
  return `${monthOf(day)}-01`;
}

function nextDay(day: string): string {
  return dayName(dayNumber(day) + 1);
}

function monthsOf(from: string, to: string): readonly string[] {
  const months: string[] = [];
  for (let month = monthOf(from); month <= monthOf(to); month = monthAfter(month)) months.push(month);
  return months;
}

/** As texts of months are compared, none comes after the last of the year 9999. */
function monthAfter(month: string): string {
  return month === '9999-12' ? '~' : nextMonth(month);
}

function lastOf(month: string, until: string): string {
  return until.startsWith(month) ? until : `${month}-31`;
}
