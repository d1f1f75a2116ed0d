import { byTime } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { answering, documentAt, InvalidParameter } from '../reading.js';
import { departureOf } from '../shared/departure.js';
import { excludedRole } from '../shared/roles.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { ChurnOfAnswer } from './answer-schema.js';
import { compactHistoryOf } from './compact-history.js';
import { companyFigures } from './company.js';
import type { ChurnDocument } from './document.js';
import { figuresOn } from './figures.js';
import { churnProjection } from './projection.js';
import { rfmOf } from './rfm.js';

/**
 * One customer, by the events until the instant `asOf`; elapsed time is counted in days. Undefined when nothing is known. `rfm` looks at
 * the whole company: leave it out where a single customer is shown, and where `knownAt` is given.
 */
export const churnOf = async (
  given: QueryContext,
  params: TimeTravel & { readonly customerId: string; readonly rfm?: boolean },
): Promise<ChurnOfAnswer | undefined> => {
  const { customerId, rfm = false, ...travel } = params;
  if (rfm && travel.knownAt !== undefined)
    throw new InvalidParameter('rfm', 'ranks by what is known now and cannot be combined with knownAt');
  const { context, times } = answering(given, params);
  const churn = await documentAt(context, churnProjection, customerId, travel);
  if (!churn) return undefined;
  const calendar = calendarOf(context.policies);
  const figures = figuresOn(compactHistoryOf(churn, calendar), calendar.dayNumber(times.asOf), context.policies) ?? null;
  const company = rfm && figures ? await companyFigures(context, times.asOf) : undefined;
  const scores = figures && company && { rfm: rfmOf(figures, company.scale), rfmPosition: company.everyone.position };
  const until = calendar.endOfDay(times.asOf);
  const role = figures || departureOf(churn) ? undefined : excludedRole(context.policies, 'ladder', churn, until);
  return { ...times, customerId, figures, ...(role && { excludedRole: role }), ...scores, because: because(churn, until) };
};

/** By the end of the day. */
export function because({ purchases, contacts, registered }: ChurnDocument, until: string): ChurnOfAnswer['because'] {
  const dealt = purchases.flat().flatMap((purchase) => [purchase, ...(purchase.returns ?? [])]);
  const met = contacts.flat().findLast(({ at }) => at <= until);
  return {
    purchases: dealt
      .filter(({ at }) => at <= until)
      .sort(byTime)
      .map(({ event }) => event),
    lastContact: met?.event ?? null,
    registered: registered && registered.at <= until ? registered.event : null,
  };
}
