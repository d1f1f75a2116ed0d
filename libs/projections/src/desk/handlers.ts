import type { DomainEvent } from '#event-log';
import { getId, idEntries, setId } from '#relationship/kernel/id-map.js';
import { extended, inTime } from '#relationship/read-side.js';
import type { Handlers } from '../event-handlers.js';
import { assignmentHandlers } from '../shared/assignments.js';
import { departureHandlers, isOwn } from '../shared/departure.js';
import { type DeskContact, type DeskDocument, type DeskItem, type ItemEnd, type ItemKind, inItsLife } from './document.js';

export const deskHandlers = {
  'contact-recorded': (desk, { direction, handledBy }, event) => contacted(desk, direction, event, { ...(handledBy && { handledBy }) }),
  'contact-planned': (desk, { contactId, plannedFor, channel, purpose, curatorId, summary }, event) =>
    opened(desk, { kind: 'contact', id: contactId, dueAt: plannedFor, channel, purpose, curatorId, text: summary }, event),
  'contact-rescheduled': (desk, { contactId, to }, { occurredAt, id }) =>
    changed(desk, 'contact', contactId, (item) => ({
      ...item,
      schedule: inTime(item.schedule, { dueAt: to, at: occurredAt, event: id }),
    })),
  'contact-reassigned': (desk, { contactId, curatorId }, event) => reassigned(desk, 'contact', contactId, curatorId, event),
  'contact-completed': (desk, { contactId, direction }, event) =>
    contacted(closed(desk, 'contact', contactId, 'completed', event), direction, event, plannedAs(desk, contactId)),
  'contact-missed': (desk, { contactId }, event) => closed(desk, 'contact', contactId, 'missed', event),
  'contact-cancelled': (desk, { contactId }, event) => closed(desk, 'contact', contactId, 'cancelled', event),
  'promise-made': (desk, { promiseId, dueAt, curatorId, text }, event) =>
    opened(desk, { kind: 'promise', id: promiseId, dueAt, curatorId, text }, event),
  'promise-reassigned': (desk, { promiseId, curatorId }, event) => reassigned(desk, 'promise', promiseId, curatorId, event),
  'promise-kept': (desk, { promiseId }, event) => closed(desk, 'promise', promiseId, 'kept', event),
  'promise-broken': (desk, { promiseId }, event) => closed(desk, 'promise', promiseId, 'broken', event),
  'complaint-raised': (desk, { complaintId, summary, severity }, event) =>
    opened(desk, { kind: 'complaint', id: complaintId, dueAt: event.occurredAt, curatorId: undefined, text: summary, severity }, event),
  'complaint-resolved': (desk, { complaintId }, event) => closed(desk, 'complaint', complaintId, 'resolved', event),
  'erasure-requested': (desk, { dueAt }, { occurredAt: at, id: event }) => ({
    ...desk,
    erasures: inTime(desk.erasures, { at, dueAt, event }),
  }),
  'erasure-rejected': (desk, _, { occurredAt: at, id: event }) => ({ ...desk, erasures: inTime(desk.erasures, { at, event }) }),
  'erasure-receipt-overdue': (desk, { subscriberId }, { occurredAt: at, id: event }) => ({
    ...desk,
    overdueReceipts: [...desk.overdueReceipts, { subscriberId, at, event }],
  }),
  'erasure-receipt-given': (desk, { subscriberId }, { occurredAt: at, id: event }) => ({
    ...desk,
    overdueReceipts: desk.overdueReceipts.map((each) => (each.subscriberId === subscriberId ? { ...each, given: { at, event } } : each)),
  }),
  ...assignmentHandlers,
  ...departureHandlers,
  'customer-erased': erased,
} satisfies Handlers<DeskDocument>;

/** Before every instant. */
const OPENING = '';

export const itemKey = (kind: ItemKind, id: string): string => `${kind}|${id}`;

type Opening = Omit<
  DeskItem,
  'openedAt' | 'ordinal' | 'schedule' | 'closed' | 'reassigned' | 'curatorId' | 'channel' | 'purpose' | 'text' | 'severity'
> & {
  readonly dueAt: string;
  readonly curatorId: string | undefined;
  readonly channel?: string;
  readonly purpose?: string;
  readonly text: string | undefined;
  readonly severity?: string | undefined;
};

function opened(
  desk: DeskDocument,
  { kind, id, dueAt, curatorId, channel, purpose, text, severity }: Opening,
  event: DomainEvent,
): DeskDocument {
  const item: DeskItem = {
    kind,
    id,
    ...(curatorId && { curatorId }),
    ...(channel && { channel }),
    ...(purpose && { purpose }),
    ...(text && { text }),
    ...(severity && { severity }),
    openedAt: event.occurredAt,
    ordinal: desk.nextOrdinal,
    schedule: [{ dueAt, at: OPENING, event: event.id }],
  };
  return { ...desk, items: setId(desk.items, itemKey(kind, id), item), nextOrdinal: desk.nextOrdinal + 1 };
}

function changed(desk: DeskDocument, kind: ItemKind, id: string, change: (item: DeskItem) => DeskItem): DeskDocument {
  const item = getId(desk.items, itemKey(kind, id));
  return item ? { ...desk, items: setId(desk.items, itemKey(kind, id), change(item)) } : desk;
}

function reassigned(desk: DeskDocument, kind: ItemKind, id: string, curatorId: string, event: DomainEvent): DeskDocument {
  const giving = { at: event.occurredAt, curatorId, event: event.id };
  return changed(desk, kind, id, (item) => ({ ...item, reassigned: inTime(item.reassigned ?? [], giving) }));
}

function closed(desk: DeskDocument, kind: ItemKind, id: string, state: ItemEnd, event: DomainEvent): DeskDocument {
  return changed(desk, kind, id, (item) => ({
    ...item,
    closed: { at: inItsLife(item, event.occurredAt), state, event: event.id },
  }));
}

/** Notes among ourselves are no contact with the customer. */
function contacted(
  desk: DeskDocument,
  direction: string,
  event: DomainEvent,
  by: Pick<DeskContact, 'handledBy' | 'planned'>,
): DeskDocument {
  if (direction === 'internal') return desk;
  const actor = event.actor.kind === 'curator' ? event.actor.id : undefined;
  return { ...desk, contacts: extended(desk.contacts, { at: event.occurredAt, ...by, ...(actor && { actor }), event: event.id }) };
}

function plannedAs(desk: DeskDocument, contactId: string): Pick<DeskContact, 'planned'> {
  const item = getId(desk.items, itemKey('contact', contactId));
  if (!item) return {};
  const { curatorId, reassigned, openedAt } = item;
  return { planned: { ...(curatorId && { curatorId }), ...(reassigned && { reassigned }), openedAt } };
}

/** Nobody is left to be called: what is open ends here. */
function erased(desk: DeskDocument, _: unknown, event: DomainEvent): DeskDocument {
  if (!isOwn(desk, event)) return desk;
  const { occurredAt, id } = event;
  const items = idEntries(desk.items).reduce(
    (all, [key, item]) =>
      item.closed ? all : setId(all, key, { ...item, closed: { at: inItsLife(item, occurredAt), state: 'erased', event: id } }),
    desk.items,
  );
  return departureHandlers['customer-erased']({ ...desk, items }, _, event);
}
