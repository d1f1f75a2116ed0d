import type { Static } from 'typebox';
import { type GivenWork, givenTo, openedFor } from '../curation/given-work.js';
import type { Dated } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import { heldAt, inTime, type Since } from '../kernel/valid-time.js';
import type { ContactEvent, contactPlanned } from './events.js';

type Planned = Static<typeof contactPlanned.schema>;

/** Of a contact that is over the id is kept, so that nobody uses it again, and whether it was among ourselves. */
export type ContactState =
  | { readonly status: 'over'; readonly internal: boolean }
  | ({
      readonly status: 'open';
      readonly appointments: readonly Appointment[];
      readonly given: GivenWork;
      readonly overdueFor?: string;
    } & Pick<Planned, 'channel' | 'direction' | 'purpose' | 'regarding'>);
export type OpenContact = Extract<ContactState, { status: 'open' }>;
interface Appointment extends Since {
  readonly plannedFor: string;
}

export type PromiseState =
  | { readonly status: 'over' }
  | { readonly status: 'open'; readonly given: GivenWork; readonly dueAt: string; readonly isOverdue?: true };
export type OpenPromise = Extract<PromiseState, { status: 'open' }>;

export interface Contacts {
  readonly contacts: IdMap<ContactState>;
  readonly promises: IdMap<PromiseState>;
}

export const noContacts: Contacts = { contacts: emptyIdMap, promises: emptyIdMap };

const over = { status: 'over', internal: false } as const;
const overInside = { status: 'over', internal: true } as const;

export const isInternal = (contact: ContactState): boolean =>
  contact.status === 'over' ? contact.internal : contact.direction === 'internal';

/** What it was planned with was said before all else, whatever the clocks said. */
const PLANNING = '';

export const plannedForAt = ({ appointments }: OpenContact, instant: string): string =>
  (heldAt(appointments, instant) as Appointment).plannedFor;

/** What was said last in order of time, what is dated ahead included. */
export const plannedForLast = ({ appointments }: OpenContact): string => (appointments.at(-1) as Appointment).plannedFor;

export const evolveContacts = (state: Contacts, event: Dated<ContactEvent>): Contacts => {
  switch (event.type) {
    case 'contact-planned': {
      const { contactId, channel, direction, purpose, plannedFor, curatorId, regarding } = event.data;
      return withContact(state, contactId, {
        status: 'open',
        channel,
        direction,
        purpose,
        appointments: [{ at: PLANNING, plannedFor }],
        given: openedFor(curatorId, event.occurredAt),
        regarding,
      });
    }
    case 'contact-rescheduled': {
      const contact = getId(state.contacts, event.data.contactId);
      if (contact?.status !== 'open') return state;
      const appointments = inTime(contact.appointments, { at: event.occurredAt, plannedFor: event.data.to });
      return withContact(state, event.data.contactId, { ...contact, appointments });
    }
    case 'contact-reassigned': {
      const contact = getId(state.contacts, event.data.contactId);
      if (contact?.status !== 'open') return state;
      const given = givenTo(contact.given, event.data.curatorId, event.occurredAt);
      return withContact(state, event.data.contactId, { ...contact, given });
    }
    case 'contact-recorded':
    case 'contact-completed':
      return withContact(state, event.data.contactId, event.data.direction === 'internal' ? overInside : over);
    case 'contact-missed':
    case 'contact-cancelled': {
      const contact = getId(state.contacts, event.data.contactId);
      return withContact(state, event.data.contactId, contact && isInternal(contact) ? overInside : over);
    }
    case 'promise-made':
      return withPromise(state, event.data.promiseId, {
        status: 'open',
        given: openedFor(event.data.curatorId, event.occurredAt),
        dueAt: event.data.dueAt,
      });
    case 'promise-reassigned': {
      const promise = getId(state.promises, event.data.promiseId);
      if (promise?.status !== 'open') return state;
      const given = givenTo(promise.given, event.data.curatorId, event.occurredAt);
      return withPromise(state, event.data.promiseId, { ...promise, given });
    }
    case 'promise-overdue': {
      const promise = getId(state.promises, event.data.promiseId);
      return promise?.status === 'open' ? withPromise(state, event.data.promiseId, { ...promise, isOverdue: true }) : state;
    }
    case 'contact-overdue': {
      const { contactId, plannedFor: overdueFor } = event.data;
      const contact = getId(state.contacts, contactId);
      return contact?.status === 'open' ? withContact(state, contactId, { ...contact, overdueFor }) : state;
    }
    case 'promise-kept':
    case 'promise-broken':
      return withPromise(state, event.data.promiseId, kept);
  }
};

const kept = { status: 'over' } as const;

const withPromise = (state: Contacts, promiseId: string, promise: PromiseState): Contacts => ({
  ...state,
  promises: setId(state.promises, promiseId, promise),
});

const withContact = (state: Contacts, contactId: string, contact: ContactState): Contacts => ({
  ...state,
  contacts: setId(state.contacts, contactId, contact),
});
