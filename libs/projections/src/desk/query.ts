import { InvalidCursor } from '#read-models/errors.js';
import type { Described } from '../answer-schema.js';
import { calendarOf } from '../calendar.js';
import { contactsDue } from '../churn/contacts-due.js';
import { sumsOfMeasure } from '../measure-sums.js';
import { type AnswerTimes, answering } from '../reading.js';
import { seriesKey } from '../series.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { deskSchema } from './answer-schema.js';
import { NOBODY } from './contributions.js';
import type { ItemKind } from './document.js';
import { itemsOnDesk } from './on-desk.js';
import type { PortfolioRow } from './rows.js';

export interface DeskParams extends Pick<TimeTravel, 'asOf'> {
  readonly curatorId: string;
  /** Whose desks it is made of, `curatorId` alone when absent; null: what belongs to nobody. All that is due from the day on is planned then. */
  readonly curators?: readonly (string | null)[];
  /** The day to plan, `YYYY-MM-DD`; the day of `asOf` when absent. */
  readonly date?: string;
  /** Of each list; 1 to 1000, 100 when absent. */
  readonly limit?: number;
  /** Of the portfolio. */
  readonly cursor?: string;
}

/** `next`: of the portfolio. */
export type DeskAnswer = AnswerTimes & Described<typeof deskSchema> & { readonly next?: string };

/** In no cursor of a list. */
const SINCE = '~';

/** What is on a curator's desk: as of any instant, by the events known now. */
export const desk = async (given: QueryContext, params: DeskParams): Promise<DeskAnswer> => {
  const { curatorId, curators = [curatorId], limit = 100 } = params;
  // Later pages are of the instant of the first one.
  const [cursor, since] = params.cursor?.split(SINCE) ?? [];
  if (since !== undefined && Number.isNaN(Date.parse(since))) throw new InvalidCursor();
  const { context, times } = answering(given, { ...params, ...(params.asOf === undefined && since !== undefined && { asOf: since }) });
  const { asOf } = times;
  const { dayOf, startOfDay, endOfDay } = calendarOf(context.policies);
  const date = params.date ?? dayOf(asOf);
  const of = (kinds: readonly ItemKind[], dueAt: { gte?: string; lte?: string; lt?: string }, openOnly: boolean) =>
    itemsOnDesk(context, { curators, kinds, dueAt, openOnly, asOf, limit });

  const [plan, overdueContacts, overduePromises, complaints, due, portfolio, counts] = await Promise.all([
    of(['contact', 'promise'], { gte: startOfDay(date), ...(params.curators === undefined && { lte: endOfDay(date) }) }, false),
    of(['contact'], { lt: asOf }, true),
    of(['promise'], { lt: asOf }, true),
    of(['complaint'], { lte: asOf }, true),
    contactsDue(context, { curators, by: date, limit, ...(params.asOf !== undefined && { asOf }) }),
    context.reader.rows<PortfolioRow>('desk', {
      where: { curatorId: curators, itemKind: 'customer' },
      range: { openedAt: { lte: asOf }, closedAt: { gt: asOf } },
      limit,
      ...(cursor !== undefined && { cursor }),
    }),
    sumsOfMeasure(context, 'desk', 'portfolio', { ...times, to: dayOf(asOf) }),
  ]);
  const lists = { plan, overdueContacts, overduePromises, complaints, toContact: due };
  return {
    ...times,
    curatorId,
    date,
    plan: plan.items,
    overdueContacts: overdueContacts.items,
    overduePromises: overduePromises.items,
    complaints: complaints.items,
    toContact: due.items,
    portfolio: {
      count: counts.filter(({ series }) => curators.includes(series.curator ?? null)).reduce((sum, { amount }) => sum + amount, 0),
      series: curators.map((curator) => seriesKey({ measure: 'portfolio', curator: curator ?? NOBODY })).join('+'),
      customers: portfolio.documents.map(({ body }) => body),
    },
    ...(portfolio.next && { next: params.asOf === undefined ? `${portfolio.next}${SINCE}${asOf}` : portfolio.next }),
    cut: Object.entries(lists).flatMap(([name, { cut }]) => (cut ? [name] : [])),
  };
};
