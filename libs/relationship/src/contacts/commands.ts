import { Reassign } from '../curation/reassignment.js';
import { Amount, Id, Instant, Labels, ListOf, Nested, OneOf, Optional, Text, Word } from '../kernel/body.js';
import { command, staff, staffAndCustomer } from '../kernel/command.js';
import { curatorRejections } from '../kernel/rejections.js';

export const directions = ['inbound', 'outbound', 'internal'] as const;
type Direction = (typeof directions)[number];

export class RegardingBody {
  @Optional() @Id() dealId?: string;
  @Optional() @Id() caseId?: string;
  @Optional() @Id() campaignId?: string;
}

export class ParticipantBody {
  @Word() role!: string;
  @Optional() @Id() id?: string;
  @Optional() @Text(300) name?: string;
}

export class RecordContact {
  @Id() contactId!: string;
  @Word() channel!: string;
  @OneOf(directions) direction!: Direction;
  @Word() purpose!: string;
  /** The curator or agent who had the contact, where it is not the actor. */
  @Optional() @Id() handledBy?: string;
  @Optional() @ListOf(() => ParticipantBody, 50) participants?: ParticipantBody[];
  @Optional() @Text() summary?: string;
  @Optional() @Text(500) result?: string;
  @Optional() @Amount(0) durationSeconds?: number;
  @Optional() @Nested(() => RegardingBody) regarding?: RegardingBody;
  @Optional() @Labels(200) labels?: Record<string, string>;
}

export class PlanContact {
  @Id() contactId!: string;
  @Word() channel!: string;
  @OneOf(directions) direction!: Direction;
  @Word() purpose!: string;
  @Instant() plannedFor!: string;
  @Optional() @Id() curatorId?: string;
  @Optional() @Text() summary?: string;
  @Optional() @Nested(() => RegardingBody) regarding?: RegardingBody;
}

export class RescheduleContact {
  @Id() contactId!: string;
  @Instant() to!: string;
  @Optional() @Text(500) reason?: string;
}

export class ReassignContact extends Reassign {
  @Id() contactId!: string;
}

/** What is left out was as planned. */
export class CompleteContact {
  @Id() contactId!: string;
  @Optional() @Word() channel?: string;
  @Optional() @OneOf(directions) direction?: Direction;
  @Optional() @Word() purpose?: string;
  @Optional() @Text() summary?: string;
  @Optional() @Text(500) result?: string;
  @Optional() @Amount(0) durationSeconds?: number;
  @Optional() @Nested(() => RegardingBody) regarding?: RegardingBody;
}

export class MissContact {
  @Id() contactId!: string;
  @Optional() @Text(500) reason?: string;
}

export class CancelContact extends MissContact {}

export class MakePromise {
  @Id() promiseId!: string;
  @Text() text!: string;
  @Instant() dueAt!: string;
  @Optional() @Id() contactId?: string;
  @Optional() @Id() curatorId?: string;
}

export class ReassignPromise extends Reassign {
  @Id() promiseId!: string;
}

export class KeepPromise {
  @Id() promiseId!: string;
  @Optional() @Text(500) note?: string;
}

export class BreakPromise {
  @Id() promiseId!: string;
  @Optional() @Text(500) reason?: string;
}

export class MarkPromiseOverdue {
  @Id() promiseId!: string;
}

export class MarkContactOverdue {
  @Id() contactId!: string;
  /** The time that has passed: a contact that was moved since is not overdue. */
  @Instant() plannedFor!: string;
}

export const contactCommands = [
  command({
    name: 'record-contact',
    body: RecordContact,
    path: '/customers/:customerId/contacts',
    generatedId: 'contactId',
    summary: 'Record an interaction that took place',
    roles: staffAndCustomer,
    rejections: [
      'contact-id-taken',
      'channel-unknown',
      'purpose-unknown',
      'curator-unknown',
      'curator-departed',
      'deal-unknown',
      'consent-withdrawn',
      'marketing-objected',
    ],
    inbound: true,
  }),
  command({
    name: 'plan-contact',
    body: PlanContact,
    path: '/customers/:customerId/contacts/plan',
    generatedId: 'contactId',
    summary: 'Plan an interaction',
    roles: staff,
    rejections: [
      'contact-id-taken',
      'channel-unknown',
      'purpose-unknown',
      'instant-impossible',
      'planned-in-past',
      ...curatorRejections,
      'deal-unknown',
      'consent-withdrawn',
      'marketing-objected',
    ],
    inbound: true,
    givesWork: true,
  }),
  command({
    name: 'reschedule-contact',
    body: RescheduleContact,
    path: '/customers/:customerId/contacts/:contactId/reschedule',
    summary: 'Reschedule a planned contact',
    roles: staff,
    rejections: ['contact-unknown', 'contact-not-open', 'instant-impossible', 'planned-in-past', 'consent-withdrawn', 'marketing-objected'],
    inbound: true,
  }),
  command({
    name: 'reassign-contact',
    body: ReassignContact,
    path: '/customers/:customerId/contacts/:contactId/reassign',
    summary: 'Reassign a planned contact to another curator',
    roles: staff,
    rejections: ['contact-unknown', 'contact-not-open', ...curatorRejections],
    setsState: true,
    givesWork: true,
    whileRestricted: true,
  }),
  command({
    name: 'complete-contact',
    body: CompleteContact,
    path: '/customers/:customerId/contacts/:contactId/complete',
    summary: 'Record that a planned contact took place',
    roles: staff,
    rejections: [
      'contact-unknown',
      'contact-not-open',
      'channel-unknown',
      'purpose-unknown',
      'deal-unknown',
      'consent-withdrawn',
      'marketing-objected',
    ],
    inbound: true,
  }),
  command({
    name: 'miss-contact',
    body: MissContact,
    path: '/customers/:customerId/contacts/:contactId/miss',
    summary: 'Record that a planned contact did not take place',
    roles: staff,
    rejections: ['contact-unknown', 'contact-not-open'],
    inbound: true,
  }),
  command({
    name: 'cancel-contact',
    body: CancelContact,
    path: '/customers/:customerId/contacts/:contactId/cancel',
    summary: 'Cancel a planned contact',
    roles: staff,
    rejections: ['contact-unknown', 'contact-not-open'],
    inbound: true,
  }),
  command({
    name: 'make-promise',
    body: MakePromise,
    path: '/customers/:customerId/promises',
    generatedId: 'promiseId',
    summary: 'Record a promise to the customer',
    roles: staff,
    rejections: ['promise-id-taken', 'contact-unknown', 'instant-impossible', ...curatorRejections],
    inbound: true,
    givesWork: true,
  }),
  command({
    name: 'reassign-promise',
    body: ReassignPromise,
    path: '/customers/:customerId/promises/:promiseId/reassign',
    summary: 'Reassign an open promise to another curator',
    roles: staff,
    rejections: ['promise-unknown', 'promise-not-open', ...curatorRejections],
    setsState: true,
    givesWork: true,
    whileRestricted: true,
  }),
  command({
    name: 'keep-promise',
    body: KeepPromise,
    path: '/customers/:customerId/promises/:promiseId/keep',
    summary: 'Record that a promise was kept',
    roles: staff,
    rejections: ['promise-unknown', 'promise-not-open'],
    inbound: true,
  }),
  command({
    name: 'break-promise',
    body: BreakPromise,
    path: '/customers/:customerId/promises/:promiseId/break',
    summary: 'Record that a promise was not kept',
    roles: staff,
    rejections: ['promise-unknown', 'promise-not-open'],
    inbound: true,
  }),
  command({
    name: 'mark-promise-overdue',
    body: MarkPromiseOverdue,
    summary: 'Record that an open promise is overdue',
    roles: [],
    rejections: ['promise-unknown', 'promise-not-open', 'not-overdue', 'already-overdue'],
  }),
  command({
    name: 'mark-contact-overdue',
    body: MarkContactOverdue,
    summary: 'Record that a planned contact is overdue',
    roles: [],
    rejections: ['contact-unknown', 'contact-not-open', 'not-overdue', 'already-overdue'],
  }),
] as const;
