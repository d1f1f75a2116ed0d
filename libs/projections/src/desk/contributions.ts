import { idBlocks } from '#relationship/kernel/id-map.js';
import type { PolicyHistory } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import { dayNumber, NEVER, nextMonth } from '../days.js';
import { type Contribution, type Derivation, type Measures, ofBlocks } from '../projection.js';
import { curatorAt, intervalsOf } from '../shared/assignments.js';
import { departureOf } from '../shared/departure.js';
import { during, intersection, union } from '../shared/spans.js';
import { type CoveredMonth, coveredMonths, monthsOfBlocks } from './covered.js';
import { type DeskContact, type DeskDocument, type DeskItem, scheduleOf } from './document.js';
import { holderAtEnd, responsibleAt, segmentsOf } from './segments.js';
import { staysOf } from './stays.js';

const ofCurator = ['curator'];
export const deskMeasures = {
  ...{ planned: ofCurator, rescheduled: ofCurator, completed: ofCurator, missed: ofCurator, cancelled: ofCurator, contact: ofCurator },
  ...{ 'promise-made': ofCurator, 'promise-kept': ofCurator, 'promise-broken': ofCurator },
  ...{ 'erasure-overdue': ofCurator, 'receipt-overdue': ofCurator },
  ...{ portfolio: ofCurator, held: ofCurator, covered: [...ofCurator, 'month'] },
} satisfies Measures;
export type DeskMeasure = keyof typeof deskMeasures;

/** Credit where nobody answered. */
export const NOBODY = 'none';

/** Every number is credited to the curator at the time of the event, so a late assignment moves it to whom it belongs. */
export const deskContributions: readonly Derivation<DeskDocument, Contribution>[] = [
  {
    items: ({ items }) => idBlocks(items),
    of: (desk, policies, [, item]: readonly [string, DeskItem]) => countedItem[item.kind](desk, item, calendarOf(policies)),
  },
  {
    items: ({ contacts }) => contacts,
    of: (desk, policies, contact: DeskContact) => [had(desk, contact, calendarOf(policies))],
  },
  ofBlocks([monthsOfBlocks], covered),
  { of: portfolio },
  { of: held },
  { of: overdueErasures },
  { of: overdueReceipts },
];

const countedItem = { contact: plannedContact, promise, complaint: () => [] } as const;

/** `planned` counts every appointment on its day, so over all time planned = completed + missed + cancelled + rescheduled + open. */
function plannedContact(desk: DeskDocument, item: DeskItem, calendar: Calendar): readonly Contribution[] {
  const segments = segmentsOf(desk, item);
  const schedule = scheduleOf(item);
  const found = schedule.flatMap(({ dueAt, event }, i) => {
    const next = schedule[i + 1];
    const end = next?.from ?? item.closed?.at ?? NEVER;
    const planned = one('planned', responsibleAt(segments, dueAt < end ? dueAt : end), dueAt, event, calendar);
    return next ? [planned, one('rescheduled', responsibleAt(segments, next.from), next.from, next.event, calendar)] : [planned];
  });
  return item.closed && item.closed.state !== 'erased'
    ? [...found, ended(item.closed.state as DeskMeasure, segments, item.closed, calendar)]
    : found;
}

function promise(desk: DeskDocument, item: DeskItem, calendar: Calendar): readonly Contribution[] {
  const segments = segmentsOf(desk, item);
  const made = one('promise-made', segments[0]!.curatorId, item.openedAt, item.schedule[0]!.event, calendar);
  if (!item.closed || item.closed.state === 'erased') return [made];
  return [made, ended(item.closed.state === 'kept' ? 'promise-kept' : 'promise-broken', segments, item.closed, calendar)];
}

function ended(
  measure: DeskMeasure,
  segments: ReturnType<typeof segmentsOf>,
  { at, event }: { at: string; event: string },
  calendar: Calendar,
): Contribution {
  return one(measure, responsibleAt(segments, at), at, event, calendar);
}

/** To who had it, where that was said; else to who was to have it, to the curator who reports it, to the customer's. */
function had(desk: DeskDocument, { at, handledBy, planned, actor, event }: DeskContact, calendar: Calendar): Contribution {
  const holder = handledBy ?? (planned && holderAtEnd(desk, planned, at)) ?? actor ?? curatorAt(desk, at) ?? null;
  return one('contact', holder, at, event, calendar);
}

/** Customers of a curator's portfolio with whom there was a contact in a month, whoever had it. */
function covered(desk: DeskDocument, policies: PolicyHistory, months: readonly (readonly CoveredMonth[])[]): readonly Contribution[] {
  const { dayOf } = calendarOf(policies);
  const departedAt = departureOf(desk)?.at ?? NEVER;
  return coveredMonths(months).flatMap(({ month, curator, at, event }) =>
    at < departedAt ? [{ series: { measure: 'covered', curator, month }, day: dayOf(at), amount: 1, events: [event] }] : [],
  );
}

function portfolio(desk: DeskDocument, policies: PolicyHistory): readonly Contribution[] {
  const { dayNumber } = calendarOf(policies);
  const found: Contribution[] = [];
  for (const { curatorId, from, to, event, endedBy } of staysOf(desk))
    during(
      found,
      { measure: 'portfolio', curator: curatorId },
      { from: dayNumber(from), to: to === NEVER ? Number.POSITIVE_INFINITY : dayNumber(to) },
      event,
      endedBy,
    );
  return found;
}

/** Who is of the portfolio at any time of a month counts until the month ends, so that what a month covers is a part of what it held. */
function held(desk: DeskDocument, policies: PolicyHistory): readonly Contribution[] {
  const calendar = calendarOf(policies);
  const found: Contribution[] = [];
  const stays = staysOf(desk).map((stay) => ({ ...stay, from: calendar.dayNumber(stay.from), to: monthAfter(stay.to, calendar) }));
  for (const [curator, months] of Map.groupBy(stays, ({ curatorId }) => curatorId))
    for (const { from, to, first, last } of union(months))
      during(found, { measure: 'held', curator }, { from, to }, first.event, last.endedBy);
  return found;
}

/** First day of the month that follows the last instant before the end. */
function monthAfter(end: string, { monthOf }: Calendar): number {
  if (end === NEVER) return Number.POSITIVE_INFINITY;
  return dayNumber(`${nextMonth(monthOf(new Date(Date.parse(end) - 1).toISOString()))}-01`);
}

/** An erasure that is neither carried out nor rejected when it is due counts for whoever is responsible for the customer then. */
function overdueErasures({ assignments, erasures, erased }: DeskDocument, policies: PolicyHistory): readonly Contribution[] {
  const { dayNumber, dayNumberAt } = calendarOf(policies);
  const found: Contribution[] = [];
  const curators = intervalsOf(assignments);
  const holders = [{ curatorId: NOBODY, from: undefined, to: curators[0]?.from ?? NEVER }, ...curators];
  for (const [place, { dueAt, event }] of erasures.entries()) {
    if (dueAt === undefined || dueAt === NEVER) continue;
    const rejected = erasures[place + 1];
    const closed = erased && !(rejected && rejected.at < erased.at) ? erased : rejected;
    const overdue = { from: dayNumberAt(Date.parse(dueAt) + 1), to: closed ? dayNumber(closed.at) : Number.POSITIVE_INFINITY };
    for (const [i, { curatorId: curator, from, to }] of holders.entries()) {
      const days = intersection(overdue, {
        from: from === undefined ? Number.NEGATIVE_INFINITY : dayNumber(from),
        to: to === NEVER ? Number.POSITIVE_INFINITY : dayNumber(to),
      });
      const endedBy = days?.to === overdue.to ? closed?.event : curators[i]?.event;
      if (days) during(found, { measure: 'erasure-overdue', curator }, days, event, endedBy);
    }
  }
  return found;
}

/** Until the subscriber confirms the erasure, for whoever is responsible for the customer when the receipt is overdue. */
function overdueReceipts(desk: DeskDocument, policies: PolicyHistory): readonly Contribution[] {
  const { dayNumber } = calendarOf(policies);
  const found: Contribution[] = [];
  for (const { at, event, given } of desk.overdueReceipts)
    during(
      found,
      { measure: 'receipt-overdue', curator: curatorAt(desk, at) ?? NOBODY },
      { from: dayNumber(at), to: given ? dayNumber(given.at) : Number.POSITIVE_INFINITY },
      event,
      given?.event,
    );
  return found;
}

function one(measure: DeskMeasure, curatorId: string | null, at: string, event: string, { dayOf }: Calendar): Contribution {
  return { series: { measure, curator: curatorId ?? NOBODY }, day: dayOf(at), amount: 1, events: [event] };
}
