import { Id, Instant, Matching, OneOf, Optional, Text, Texts, Word } from '../kernel/body.js';
import { command, leads, staffAndCustomer } from '../kernel/command.js';
import { accessRejections, type ErasureGround, erasureExceptions, erasureGrounds, MOST_WITHHELD, restrictionGrounds } from './events.js';

export class RequestErasure {
  /** Art. 17(1) GDPR; `unstated` when left out. */
  @Optional() @OneOf(erasureGrounds) ground?: ErasureGround;
  @Optional() @Text(500) reason?: string;
}

export class ConfirmErasure {}

export class RejectErasure {
  /** Art. 17(3) GDPR. */
  @OneOf(erasureExceptions) exception!: (typeof erasureExceptions)[number];
  @Optional() @Text(500) reason?: string;
}

export class PlaceLegalHold {
  @Id() holdId!: string;
  @Optional() @Text(500) reason?: string;
}

export class LiftLegalHold extends PlaceLegalHold {}

export class RestrictProcessing {
  /** Art. 18(1) GDPR. */
  @OneOf(restrictionGrounds) ground!: (typeof restrictionGrounds)[number];
  @Optional() @Text(500) reason?: string;
}

export class LiftRestriction {
  @Optional() @Text(500) reason?: string;
}

export class ObjectToMarketing {
  /** How we know: form, call, message. */
  @Word() via!: string;
}

export class WithdrawMarketingObjection extends ObjectToMarketing {}

export class RequestAccess {
  @Optional() @Text(500) reason?: string;
}

export class ReleaseAccess {
  /** Ids of events whose free texts are about somebody else. */
  @Optional() @Texts(MOST_WITHHELD, 128) withheld?: readonly string[];
}

export class RejectAccess {
  /** Art. 12(5), 12(6), 15(4) and 23 GDPR. */
  @OneOf(accessRejections) ground!: (typeof accessRejections)[number];
  @Optional() @Text(500) reason?: string;
}

export class MarkErasureOverdue {
  @Instant() dueAt!: string;
}

export class EraseCustomer {}

export class EraseMergedCustomer {
  /** Of the erasure of the survivor. */
  @OneOf(erasureGrounds) ground!: ErasureGround;
}

export class CompleteErasure {
  @Matching('^[0-9a-f]{64}$', 'a SHA-256 hash in hexadecimal') certificateHash!: string;
}

export class DisclosePublishingKey {
  @Id() subscriberId!: string;
  @Id() keyId!: string;
}

export class GiveErasureReceipt {}

export class MarkReceiptOverdue {
  @Id() subscriberId!: string;
  @Instant() dueAt!: string;
}

export const privacyCommands = [
  command({
    name: 'request-erasure',
    body: RequestErasure,
    path: '/customers/:customerId/erasure',
    summary: 'Request the erasure of the customer (Art. 17 GDPR)',
    roles: [...leads, 'customer'],
    rejections: ['erasure-already-requested'],
    whileRestricted: true,
  }),
  command({
    name: 'confirm-erasure',
    body: ConfirmErasure,
    path: '/customers/:customerId/erasure/confirm',
    summary: 'Confirm the requested erasure, as somebody else than whoever requested it unless policy `privacy` says otherwise',
    roles: leads,
    rejections: ['erasure-not-requested', 'erasure-already-confirmed', 'second-actor-required', 'legal-hold-in-force'],
    whileRestricted: true,
  }),
  command({
    name: 'reject-erasure',
    body: RejectErasure,
    path: '/customers/:customerId/erasure/reject',
    summary: 'Reject the requested erasure for an exception of Art. 17(3) GDPR',
    roles: leads,
    rejections: ['erasure-not-requested'],
    whileRestricted: true,
  }),
  command({
    name: 'place-legal-hold',
    body: PlaceLegalHold,
    path: '/customers/:customerId/legal-holds',
    generatedId: 'holdId',
    summary: 'Place a legal hold: the customer is not erased while one is in force',
    roles: leads,
    rejections: ['hold-id-taken'],
    whileRestricted: true,
  }),
  command({
    name: 'lift-legal-hold',
    body: LiftLegalHold,
    path: '/customers/:customerId/legal-holds/:holdId/lift',
    summary: 'Lift a legal hold; a confirmed erasure continues after the last one',
    roles: leads,
    rejections: ['hold-unknown', 'hold-not-in-force'],
    whileRestricted: true,
  }),
  command({
    name: 'restrict-processing',
    body: RestrictProcessing,
    path: '/customers/:customerId/restriction',
    summary: 'Restrict processing (Art. 18 GDPR)',
    roles: leads,
    rejections: [],
    setsState: true,
    whileRestricted: true,
  }),
  command({
    name: 'lift-restriction',
    body: LiftRestriction,
    path: '/customers/:customerId/restriction/lift',
    summary: 'Lift the restriction of processing',
    roles: leads,
    rejections: ['restriction-not-in-force'],
    setsState: true,
    whileRestricted: true,
  }),
  command({
    name: 'object-to-marketing',
    body: ObjectToMarketing,
    path: '/customers/:customerId/marketing-objection',
    summary: 'Record that the customer objects to marketing (Art. 21 GDPR)',
    roles: staffAndCustomer,
    rejections: [],
    setsState: true,
    whileRestricted: true,
  }),
  command({
    name: 'withdraw-marketing-objection',
    body: WithdrawMarketingObjection,
    path: '/customers/:customerId/marketing-objection/withdraw',
    summary: 'Record that the customer no longer objects to marketing',
    roles: staffAndCustomer,
    rejections: ['objection-not-in-force'],
    setsState: true,
    whileRestricted: 'for-customers',
  }),
  command({
    name: 'request-access',
    body: RequestAccess,
    path: '/customers/:customerId/access-request',
    summary: 'Request all that is kept of the customer (Art. 15 GDPR)',
    roles: staffAndCustomer,
    rejections: ['access-already-requested'],
    whileRestricted: true,
  }),
  command({
    name: 'release-access',
    body: ReleaseAccess,
    path: '/customers/:customerId/access-request/release',
    summary: 'Release what was requested: the customer may then fetch what was recorded until now',
    roles: leads,
    rejections: ['access-not-requested', 'event-unknown'],
    readsHistory: true,
    whileRestricted: true,
  }),
  command({
    name: 'reject-access',
    body: RejectAccess,
    path: '/customers/:customerId/access-request/reject',
    summary: 'Reject what was requested, for a reason of the GDPR',
    roles: leads,
    rejections: ['access-not-requested'],
    whileRestricted: true,
  }),
  command({
    name: 'mark-erasure-overdue',
    body: MarkErasureOverdue,
    summary: 'Record that a requested erasure is overdue',
    roles: [],
    rejections: ['erasure-not-requested', 'not-overdue', 'already-overdue'],
    whileRestricted: true,
  }),
  command({
    name: 'erase-customer',
    body: EraseCustomer,
    summary: 'Erase the customer, whose erasure is confirmed',
    roles: [],
    rejections: ['erasure-not-requested', 'erasure-not-confirmed', 'legal-hold-in-force'],
    whileRestricted: true,
  }),
  command({
    name: 'erase-merged-customer',
    body: EraseMergedCustomer,
    summary: 'Erase a customer who was merged into another, who is erased',
    roles: [],
    rejections: ['customer-not-merged', 'legal-hold-in-force'],
    whileRestricted: true,
  }),
  command({
    name: 'complete-erasure',
    body: CompleteErasure,
    summary: 'Record that the erasure of a customer is complete',
    roles: [],
    rejections: ['customer-not-erased'],
    whileRestricted: true,
  }),
  command({
    name: 'give-erasure-receipt',
    body: GiveErasureReceipt,
    path: '/customers/:customerId/erasure/receipts',
    summary: 'Confirm that the subscriber has deleted the erased customer everywhere, the key included',
    roles: ['subscriber'],
    rejections: ['customer-not-erased', 'receipt-not-due'],
    whileRestricted: true,
  }),
  command({
    name: 'mark-receipt-overdue',
    body: MarkReceiptOverdue,
    summary: 'Record that a subscriber did not confirm an erasure in time',
    roles: [],
    rejections: ['customer-not-erased', 'receipt-not-due', 'not-overdue'],
    whileRestricted: true,
  }),
  command({
    name: 'disclose-publishing-key',
    body: DisclosePublishingKey,
    summary: 'Record that a subscriber is given the key to what is published of the customer',
    roles: [],
    rejections: ['subscriber-unknown', 'subscriber-ended'],
    whileRestricted: true,
  }),
] as const;
