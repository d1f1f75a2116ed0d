import type { DomainEvent } from '#event-log';
import { deleteId, getId, type IdMap, setId } from '#relationship/kernel/id-map.js';
import { inTime, later } from '#relationship/read-side.js';
import type { Handlers } from '../event-handlers.js';
import type { DealEvent } from '../shared/deal-events.js';
import { openingAndClosingHandlers, progressHandlers } from '../shared/deal-handlers.js';
import type { CardDocument, ChannelCounts, PlannedDocument, PromiseDocument, Value } from './document.js';

const openingAndClosing = openingAndClosingHandlers(withEvent);

export const dealingsHandlers = {
  'contact-recorded': (card, data, event) => withContact(card, data, event),
  'contact-planned': (card, { contactId, channel, purpose, plannedFor, summary, curatorId }, event) => ({
    ...numbered(card),
    planned: setId(card.planned, contactId, {
      contactId,
      channel,
      purpose,
      ...given({ summary, curatorId }),
      appointment: { at: OPENING, plannedFor, event: event.id },
      ordinal: card.nextOrdinal,
    }),
  }),
  'contact-rescheduled': (card, { contactId, to }, event) => {
    const planned = getId(card.planned, contactId);
    if (!planned) return card;
    const appointment = later(planned.appointment, { at: event.occurredAt, plannedFor: to, event: event.id });
    return { ...card, planned: setId(card.planned, contactId, { ...planned, appointment }) };
  },
  'contact-reassigned': (card, { contactId, curatorId }, { occurredAt: at }) => ({
    ...card,
    planned: withCurator(card.planned, contactId, { at, curatorId }),
  }),
  'contact-completed': (card, data, event) => withContact({ ...card, planned: deleteId(card.planned, data.contactId) }, data, event),
  'contact-missed': (card, { contactId }) => {
    const channel = getId(card.planned, contactId)?.channel;
    const dropped = { ...card, planned: deleteId(card.planned, contactId) };
    return channel ? { ...dropped, channels: counted(card.channels, channel, 'missed') } : dropped;
  },
  'contact-cancelled': (card, { contactId }) => ({ ...card, planned: deleteId(card.planned, contactId) }),
  'promise-made': (card, { promiseId, text, dueAt, curatorId }, event) => ({
    ...numbered(card),
    promises: setId(card.promises, promiseId, {
      promiseId,
      dueAt,
      madeAt: event.occurredAt,
      ...given({ text, curatorId }),
      event: event.id,
      ordinal: card.nextOrdinal,
    }),
  }),
  'promise-reassigned': (card, { promiseId, curatorId }, { occurredAt: at }) => ({
    ...card,
    promises: withCurator(card.promises, promiseId, { at, curatorId }),
  }),
  'promise-kept': (card, { promiseId }) => ({ ...card, promises: deleteId(card.promises, promiseId) }),
  'promise-broken': (card, { promiseId }) => ({ ...card, promises: deleteId(card.promises, promiseId) }),
  'complaint-raised': (card, { complaintId, summary, severity }, event) => ({
    ...numbered(card),
    complaints: setId(card.complaints, complaintId, {
      complaintId,
      raisedAt: event.occurredAt,
      ...given({ summary, severity }),
      event: event.id,
      ordinal: card.nextOrdinal,
    }),
  }),
  'complaint-resolved': (card, { complaintId }) => ({ ...card, complaints: deleteId(card.complaints, complaintId) }),

  'purchase-recorded': (card, { amount }, _) => worth(card, amount.currency, { purchased: amount.minor, purchases: 1 }),
  'purchase-returned': (card, { amount }, _) => worth(card, amount.currency, { returned: amount.minor, returns: 1 }),

  ...openingAndClosing,
  ...progressHandlers(withEvent),
  /** Moves the revision, and who may open the customer. */
  'deal-reassigned': (card) => ({ ...card }),
  'deal-opened': (card, data, event) => titled(openingAndClosing['deal-opened'](card, data, event), data),
} satisfies Handlers<CardDocument>;

function withCurator<Item extends PlannedDocument | PromiseDocument>(
  items: IdMap<Item>,
  id: string,
  given: NonNullable<Item['reassigned']>,
): IdMap<Item> {
  const item = getId(items, id);
  return item ? setId(items, id, { ...item, reassigned: later(item.reassigned, given) }) : items;
}

function withContact(
  card: CardDocument,
  { channel, direction }: { channel: string; direction: Direction },
  { id, occurredAt }: DomainEvent,
): CardDocument {
  return {
    ...card,
    channels: counted(card.channels, channel, direction),
    lastContact:
      direction === 'internal' ? card.lastContact : later(card.lastContact ?? undefined, { at: occurredAt, channel, direction, event: id }),
  };
}

function numbered(card: CardDocument): CardDocument {
  return { ...card, nextOrdinal: card.nextOrdinal + 1 };
}

/** Before every instant. */
const OPENING = '';

type Direction = 'inbound' | 'outbound' | 'internal';
const none: ChannelCounts = { inbound: 0, outbound: 0, internal: 0, missed: 0 };

function counted(channels: CardDocument['channels'], channel: string, what: keyof ChannelCounts): CardDocument['channels'] {
  const counts = Object.hasOwn(channels, channel) ? channels[channel]! : none;
  return { ...channels, [channel]: { ...counts, [what]: counts[what] + 1 } };
}

function worth(card: CardDocument, currency: string, more: Partial<Value>): CardDocument {
  const { purchased, returned, purchases, returns } = card.value[currency] ?? { purchased: 0, returned: 0, purchases: 0, returns: 0 };
  const value = {
    purchased: purchased + (more.purchased ?? 0),
    returned: returned + (more.returned ?? 0),
    purchases: purchases + (more.purchases ?? 0),
    returns: returns + (more.returns ?? 0),
  };
  return { ...card, value: { ...card.value, [currency]: value } };
}

function withEvent(card: CardDocument, dealId: string, dealEvent: DealEvent): CardDocument {
  const known = getId(card.deals, dealId);
  const deal = known ?? { dealId, dealEvents: [], ordinal: card.nextOrdinal };
  return {
    ...(known ? card : numbered(card)),
    deals: setId(card.deals, dealId, { ...deal, dealEvents: inTime(deal.dealEvents, dealEvent) }),
  };
}

function titled(card: CardDocument, { dealId, title }: { dealId: string; title?: string }): CardDocument {
  const deal = getId(card.deals, dealId);
  return deal ? { ...card, deals: setId(card.deals, dealId, { ...deal, ...given({ title }) }) } : card;
}

function given<Given extends object>(members: Given): Given {
  const kept = { ...members };
  for (const key in kept) if (kept[key] === undefined || kept[key] === null) delete kept[key];
  return kept;
}
