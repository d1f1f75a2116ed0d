import { Type } from 'typebox';
import {
  channel,
  type Disclosure,
  type EventOf,
  event,
  id,
  instant,
  ofCurators,
  oneOf,
  optional,
  personal,
  purpose,
  retractable,
  strict,
  text,
  word,
} from '../kernel/event.js';

const direction = () => oneOf('inbound', 'outbound', 'internal');
const regarding = () => strict({ dealId: optional(id()), caseId: optional(id()), campaignId: optional(id()) });
const participants = () => personal(Type.Array(strict({ role: word(), id: optional(id()), name: optional(text(300)) }), { maxItems: 50 }));

const contact = ({ contactId }: { readonly contactId?: string }) => (contactId === undefined ? undefined : `contact ${contactId}`);
const isInternal = ({ direction }: { readonly direction: string }) => direction === 'internal';
/** What happened among ourselves is hidden from the customer, and with it what became of such a contact. */
const withTheOutside = (shows: readonly string[]): Disclosure<{ contactId: string; direction: string }> => ({
  shows,
  hides: isInternal,
  about: contact,
  withdraws: isInternal,
});
/** What is written of it is a remark of ours, unless the customer recorded it. */
const whereInbound = {
  provided: ['/channel', '/direction', '/purpose'],
  providedIf: ({ direction }: { readonly direction: string }) => direction === 'inbound',
};
/** The customer sees these members, and the id of the contact unless that is hidden. */
export const withoutContact = (stillShows: readonly string[]): Disclosure<{ contactId?: string }> => ({
  shows: [...stillShows, '/contactId'],
  about: contact,
  stillShows,
});

export const contactRecorded = event(
  'contact-recorded',
  'An interaction took place.',
  strict({
    contactId: id(),
    channel: channel(),
    direction: direction(),
    purpose: purpose(),
    /** The curator or agent who had the contact, where it is not the actor. */
    handledBy: optional(id()),
    participants: optional(participants()),
    summary: optional(personal(text())),
    result: optional(personal(text(500))),
    durationSeconds: optional(Type.Number({ minimum: 0 })),
    regarding: optional(regarding()),
    labels: optional(personal(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,60}$' }), text(200)))),
  }),
  {
    ...withTheOutside([
      '/contactId',
      '/channel',
      '/direction',
      '/purpose',
      '/handledBy',
      '/summary',
      '/result',
      '/durationSeconds',
      '/regarding/dealId',
      '/regarding/caseId',
    ]),
    ...whereInbound,
    others: {
      '/participants/*/id': 'another person',
      '/participants/*/name': 'another person',
      ...ofCurators('/handledBy'),
    },
  },
);
export const contactPlanned = event(
  'contact-planned',
  'An interaction was planned.',
  strict({
    contactId: id(),
    channel: channel(),
    direction: direction(),
    purpose: purpose(),
    plannedFor: instant(),
    curatorId: optional(id()),
    summary: optional(personal(text())),
    regarding: optional(regarding()),
  }),
  {
    ...withTheOutside([
      '/contactId',
      '/channel',
      '/direction',
      '/purpose',
      '/plannedFor',
      '/curatorId',
      '/regarding/dealId',
      '/regarding/caseId',
    ]),
    provided: [],
    others: ofCurators('/curatorId'),
  },
);
export const contactRescheduled = event(
  'contact-rescheduled',
  'A planned contact was rescheduled.',
  strict({ contactId: id(), from: instant(), to: instant(), reason: optional(personal(text(500))) }),
  { shows: ['/contactId', '/from', '/to'], about: contact, provided: [] },
);
export const contactReassigned = event(
  'contact-reassigned',
  'A planned contact was reassigned to another curator.',
  strict({ contactId: id(), curatorId: id(), formerCuratorId: optional(id()), reason: optional(personal(text(500))) }),
  {
    shows: ['/contactId', '/curatorId', '/formerCuratorId'],
    about: contact,
    provided: [],
    others: ofCurators('/curatorId', '/formerCuratorId'),
  },
);
export const contactCompleted = event(
  'contact-completed',
  'A planned contact took place.',
  strict({
    contactId: id(),
    channel: channel(),
    direction: direction(),
    purpose: purpose(),
    summary: optional(personal(text())),
    result: optional(personal(text(500))),
    durationSeconds: optional(Type.Number({ minimum: 0 })),
    regarding: optional(regarding()),
  }),
  {
    ...withTheOutside([
      '/contactId',
      '/channel',
      '/direction',
      '/purpose',
      '/summary',
      '/result',
      '/durationSeconds',
      '/regarding/dealId',
      '/regarding/caseId',
    ]),
    ...whereInbound,
  },
);
export const contactMissed = event(
  'contact-missed',
  'A planned contact did not take place.',
  strict({ contactId: id(), reason: optional(personal(text(500))) }),
  { shows: ['/contactId'], about: contact, provided: [] },
);
export const contactCancelled = event(
  'contact-cancelled',
  'A planned contact was cancelled.',
  strict({ contactId: id(), reason: optional(personal(text(500))) }),
  { shows: ['/contactId'], about: contact, provided: [] },
);
export const promiseMade = event(
  'promise-made',
  'We promised the customer something.',
  strict({ promiseId: id(), text: personal(text()), dueAt: instant(), contactId: optional(id()), curatorId: optional(id()) }),
  { ...withoutContact(['/promiseId', '/text', '/dueAt', '/curatorId']), provided: [], others: ofCurators('/curatorId') },
);
export const promiseReassigned = event(
  'promise-reassigned',
  'An open promise was reassigned to another curator.',
  strict({ promiseId: id(), curatorId: id(), formerCuratorId: optional(id()), reason: optional(personal(text(500))) }),
  { shows: ['/promiseId', '/curatorId', '/formerCuratorId'], provided: [], others: ofCurators('/curatorId', '/formerCuratorId') },
);
export const promiseKept = event('promise-kept', 'A promise was kept.', strict({ promiseId: id(), note: optional(personal(text(500))) }), {
  shows: ['/promiseId'],
  provided: [],
});
export const promiseBroken = event(
  'promise-broken',
  'A promise was not kept.',
  strict({ promiseId: id(), reason: optional(personal(text(500))) }),
  { shows: ['/promiseId'], provided: [] },
);

/** The date and our period of grace are ours alone, so the customer sees neither of these. */
export const promiseOverdue = event(
  'promise-overdue',
  'A promise was still open when its due time and the grace period had passed.',
  strict({ promiseId: id(), dueAt: instant(), curatorId: optional(id()), overdueVersion: Type.Integer({ minimum: 1 }) }),
  { provided: [], others: ofCurators('/curatorId') },
);
export const contactOverdue = event(
  'contact-overdue',
  'A planned contact was still open when its time and the grace period had passed.',
  strict({ contactId: id(), plannedFor: instant(), curatorId: optional(id()), overdueVersion: Type.Integer({ minimum: 1 }) }),
  { provided: [], others: ofCurators('/curatorId') },
);

export const contactEvents = [
  retractable(contactRecorded, { command: 'record-contact', creates: { contact: '/contactId' }, refersTo: { deal: '/regarding/dealId' } }),
  retractable(contactPlanned, { command: 'plan-contact', creates: { contact: '/contactId' }, refersTo: { deal: '/regarding/dealId' } }),
  retractable(contactRescheduled, { command: 'reschedule-contact', refersTo: { contact: '/contactId' } }),
  retractable(contactReassigned, { command: 'reassign-contact', refersTo: { contact: '/contactId' } }),
  retractable(contactCompleted, { command: 'complete-contact', refersTo: { contact: '/contactId', deal: '/regarding/dealId' } }),
  retractable(contactMissed, { command: 'miss-contact', refersTo: { contact: '/contactId' } }),
  retractable(contactCancelled, { command: 'cancel-contact', refersTo: { contact: '/contactId' } }),
  retractable(promiseMade, { command: 'make-promise', creates: { promise: '/promiseId' }, refersTo: { contact: '/contactId' } }),
  retractable(promiseReassigned, { command: 'reassign-promise', refersTo: { promise: '/promiseId' } }),
  retractable(promiseKept, { command: 'keep-promise', refersTo: { promise: '/promiseId' } }),
  retractable(promiseBroken, { command: 'break-promise', refersTo: { promise: '/promiseId' } }),
  retractable(promiseOverdue, {
    command: 'mark-promise-overdue',
    refersTo: { promise: '/promiseId' },
    policyVersion: { policy: 'overdue', member: 'overdueVersion' },
  }),
  retractable(contactOverdue, {
    command: 'mark-contact-overdue',
    refersTo: { contact: '/contactId' },
    policyVersion: { policy: 'overdue', member: 'overdueVersion' },
  }),
] as const;
export type ContactEvent = EventOf<(typeof contactEvents)[number]>;
