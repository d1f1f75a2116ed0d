import { curatorAt, intervalsOf } from '../card/assignments.js';
import { dayOf, NEVER } from '../days.js';
import { idValues } from '../persistent/id-map.js';
import type { Contribution, ContributionPart } from '../projection.js';
import { coveredMonths } from './covered.js';
import type { DeskContact, DeskDocument, DeskItem } from './document.js';
import { goneAt } from './rows.js';
import { responsibleAt, segmentsOf } from './segments.js';

export type DeskMeasure =
  | 'planned'
  | 'rescheduled'
  | 'completed'
  | 'missed'
  | 'cancelled'
  | 'contact'
  | 'promise-made'
  | 'promise-kept'
  | 'promise-broken'
  | 'portfolio'
  | 'covered';

/** Credit where nobody answered. */
export const NOBODY = 'none';

/** Every number goes to the curator at the time of the event, so a late assignment moves it to whom it belongs. */
export const deskContributions: readonly ContributionPart<DeskDocument>[] = [
  {
    dependsOn: ({ assignments }) => [assignments],
    items: ({ items }) => [idValues(items)],
    of: (desk, _, item: DeskItem) => (item.kind === 'contact' ? plannedContact(desk, item) : promise(desk, item)),
  },
  {
    dependsOn: ({ assignments }) => [assignments],
    items: ({ contacts }) => contacts,
    of: (desk, _, contact: DeskContact) => [had(desk, contact)],
  },
  { dependsOn: (desk) => [coveredMonths(desk)], of: covered },
  { dependsOn: ({ assignments, merged, erased }) => [assignments, merged, erased], of: portfolio },
];

/** `planned` counts every appointment on its day, so over all time planned = completed + missed + cancelled + rescheduled + open. */
function plannedContact(desk: DeskDocument, item: DeskItem): readonly Contribution[] {
  const segments = segmentsOf(desk, item);
  const found = item.schedule.flatMap(({ dueAt, event }, i) => {
    const next = item.schedule[i + 1];
    const end = next?.from ?? item.closed?.at ?? NEVER;
    const planned = one('planned', responsibleAt(segments, dueAt < end ? dueAt : end), dueAt, event);
    return next ? [planned, one('rescheduled', responsibleAt(segments, next.from), next.from, next.event)] : [planned];
  });
  return item.closed && item.closed.state !== 'erased' ? [...found, ended(item.closed.state as DeskMeasure, segments, item.closed)] : found;
}

function promise(desk: DeskDocument, item: DeskItem): readonly Contribution[] {
  const segments = segmentsOf(desk, item);
  const made = one('promise-made', segments[0]!.curatorId, item.openedAt, item.schedule[0]!.event);
  if (!item.closed || item.closed.state === 'erased') return [made];
  return [made, ended(item.closed.state === 'kept' ? 'promise-kept' : 'promise-broken', segments, item.closed)];
}

function ended(measure: DeskMeasure, segments: ReturnType<typeof segmentsOf>, { at, event }: { at: string; event: string }): Contribution {
  return one(measure, responsibleAt(segments, at), at, event);
}

function had(desk: DeskDocument, { at, handledBy, actor, event }: DeskContact): Contribution {
  return one('contact', handledBy ?? curatorAt(desk, at) ?? actor ?? null, at, event);
}

/** Customers of a curator's portfolio with whom there was a contact in a month, whoever had it. */
function covered(desk: DeskDocument): readonly Contribution[] {
  return coveredMonths(desk).map(({ month, curator, at, event }) => ({
    series: { measure: 'covered', curator, month },
    day: dayOf(at),
    amount: 1,
    events: [event],
  }));
}

function portfolio(desk: DeskDocument): readonly Contribution[] {
  const gone = goneAt(desk);
  return intervalsOf(desk.assignments).flatMap(({ curatorId, from, to, event }, i) => {
    const end = gone !== undefined && gone < to ? gone : to;
    if (from >= end) return [];
    const series = { measure: 'portfolio', curator: curatorId };
    const began = { series, day: dayOf(from), amount: 1, events: [event] };
    if (end === NEVER) return [began];
    const endedBy = end === gone ? (desk.merged?.at === gone ? desk.merged.event : desk.erased!.event) : desk.assignments[i + 1]!.event;
    return [began, { series, day: dayOf(end), amount: -1, events: [endedBy] }];
  });
}

function one(measure: DeskMeasure, curatorId: string | null, at: string, event: string): Contribution {
  return { series: { measure, curator: curatorId ?? NOBODY }, day: dayOf(at), amount: 1, events: [event] };
}
