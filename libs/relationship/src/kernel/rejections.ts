import { Rejection } from './decider.js';

/**
 * The reasons for which the domain rejects a command; an aggregate may declare further ones. The codes are stable: they become problem types.
 * - `unknown`: what the command speaks of is not there;
 * - `gone`: it was there and is no more;
 * - `conflict`: the command does not go with what already happened;
 * - `invalid`: the command contradicts itself, the calendar or a policy;
 * - `forbidden`: this actor may not do it.
 */
export const domainRejections = {
  'customer-unknown': { kind: 'unknown', title: 'Unknown customer' },
  'customer-merged': { kind: 'gone', title: 'The customer was merged into another; act on the surviving one' },
  'customer-erased': { kind: 'gone', title: 'The customer was erased' },
  'customer-already-registered': { kind: 'conflict', title: 'The customer is already registered' },
  'identifier-unknown': { kind: 'unknown', title: 'Unknown identifier' },
  'role-unknown': { kind: 'invalid', title: 'Unknown role' },
  'nothing-recorded': { kind: 'invalid', title: 'The command has no content' },
  'not-for-customers': { kind: 'forbidden', title: 'Not allowed for customers' },
  'occurred-in-future': { kind: 'invalid', title: '`occurredAt` is in the future' },
  'instant-impossible': { kind: 'invalid', title: 'Invalid instant' },
  'email-invalid': { kind: 'invalid', title: 'The identifier is not an e-mail address' },
  'birth-date-impossible': { kind: 'invalid', title: 'The birth date is not a calendar date' },
  'planned-in-past': { kind: 'invalid', title: 'The contact is planned for a time before the plan was made' },
  'period-reversed': { kind: 'invalid', title: 'The period ends before it begins' },
  'channel-unknown': { kind: 'invalid', title: 'Channel not in the policy' },
  'purpose-unknown': { kind: 'invalid', title: 'Purpose not in the policy' },
  'consent-withdrawn': { kind: 'conflict', title: 'Consent withdrawn for this channel' },
  'contact-unknown': { kind: 'unknown', title: 'Unknown contact' },
  'contact-id-taken': { kind: 'conflict', title: 'The id is already used for another contact' },
  'contact-not-open': { kind: 'conflict', title: 'The contact is not open' },
  'promise-unknown': { kind: 'unknown', title: 'Unknown promise' },
  'promise-id-taken': { kind: 'conflict', title: 'The id is already used for another promise' },
  'promise-not-open': { kind: 'conflict', title: 'The promise was already kept or broken' },
  'deal-unknown': { kind: 'unknown', title: 'Unknown deal' },
  'deal-id-taken': { kind: 'conflict', title: 'The id is already used for another deal' },
  'deal-closed': { kind: 'conflict', title: 'The deal is closed' },
  'deal-not-closed': { kind: 'conflict', title: 'The deal is open' },
  'stage-not-allowed': { kind: 'conflict', title: 'The funnel of the deal does not allow the stage' },
  'contract-id-taken': { kind: 'conflict', title: 'The id is already used for another contract' },
  'amount-missing': { kind: 'invalid', title: 'Amount missing' },
  'amount-negative': { kind: 'invalid', title: 'The amount is negative' },
  'amount-not-whole': { kind: 'invalid', title: 'The amount is not a whole number of minor units' },
  'amount-too-large': { kind: 'invalid', title: 'The amount is too large' },
  'amounts-too-large': { kind: 'conflict', title: 'The sum of amounts of the customer exceeds the exact range' },
  'currency-missing': { kind: 'invalid', title: 'Currency missing' },
  'currency-mixed': { kind: 'conflict', title: 'The currency differs from the one used before' },
  'loss-reason-missing': { kind: 'invalid', title: 'Loss reason missing' },
  'loss-reason-unknown': { kind: 'invalid', title: 'Loss reason not in the policy' },
  'loss-note-missing': { kind: 'invalid', title: 'Loss reason requires a note' },
  'purchase-unknown': { kind: 'unknown', title: 'Unknown purchase' },
  'purchase-id-taken': { kind: 'conflict', title: 'The id is already used for another purchase' },
  'purchase-already-returned': { kind: 'conflict', title: 'The whole purchase was already returned' },
  'refund-exceeds-purchase': { kind: 'conflict', title: 'Refund exceeds the purchase' },
  'return-exceeds-quantity': { kind: 'conflict', title: 'Return exceeds the quantity purchased' },
  'curator-unknown': { kind: 'unknown', title: 'Unknown curator' },
  'curator-departed': { kind: 'conflict', title: 'The curator had left by then' },
  'curator-departing': { kind: 'conflict', title: 'The curator is leaving' },
  'curator-has-work': { kind: 'conflict', title: 'The curator still has customers or open work' },
  'curator-already-assigned': { kind: 'conflict', title: 'The curator is already responsible for the customer' },
  'curator-already-registered': { kind: 'conflict', title: 'The curator is already registered' },
  'curator-id-reserved': { kind: 'invalid', title: 'The curator id is reserved' },
  'score-out-of-scale': { kind: 'invalid', title: 'The score is not on the scale of the metric' },
  'answer-id-taken': { kind: 'conflict', title: 'The id is already used for another answer' },
  'recommendation-id-taken': { kind: 'conflict', title: 'The id is already used for another recommendation' },
  'referral-of-self': { kind: 'invalid', title: 'Customers cannot refer themselves' },
  'referred-customer-unknown': { kind: 'unknown', title: 'Unknown referred customer' },
  'referral-id-taken': { kind: 'conflict', title: 'The id is already used for another referral' },
  'review-id-taken': { kind: 'conflict', title: 'The id is already used for another review' },
  'complaint-unknown': { kind: 'unknown', title: 'Unknown complaint' },
  'complaint-id-taken': { kind: 'conflict', title: 'The id is already used for another complaint' },
  'complaint-unresolved': { kind: 'conflict', title: 'A complaint is open' },
  'complaint-already-resolved': { kind: 'conflict', title: 'The complaint is already resolved' },
  'agreement-unknown': { kind: 'unknown', title: 'Unknown agreement' },
  'agreement-id-taken': { kind: 'conflict', title: 'The id is already used for another agreement' },
  'agreement-not-in-force': { kind: 'conflict', title: 'The agreement is not in force' },
  'erasure-already-requested': { kind: 'conflict', title: 'Erasure is already requested' },
  'erasure-not-requested': { kind: 'conflict', title: 'Erasure is not requested' },
  'erasure-already-confirmed': { kind: 'conflict', title: 'The erasure is already confirmed' },
  'erasure-not-confirmed': { kind: 'conflict', title: 'The erasure is not confirmed' },
  'second-actor-required': { kind: 'forbidden', title: 'Another actor has to confirm the erasure' },
  'customer-not-merged': { kind: 'conflict', title: 'The customer is not merged into another' },
  'customer-not-erased': { kind: 'conflict', title: 'The customer is not erased' },
  'legal-hold-in-force': { kind: 'conflict', title: 'A legal hold is in force' },
  'retention-not-due': { kind: 'conflict', title: 'The customer is not due by the retention policy' },
  'access-already-requested': { kind: 'conflict', title: 'Access to the data of the customer is already requested' },
  'access-not-requested': { kind: 'conflict', title: 'Access to the data of the customer is not requested' },
  'hold-unknown': { kind: 'unknown', title: 'Unknown legal hold' },
  'hold-id-taken': { kind: 'conflict', title: 'The id is already used for another legal hold' },
  'subscriber-unknown': { kind: 'unknown', title: 'Unknown subscriber' },
  'subscriber-ended': { kind: 'conflict', title: 'The subscriber has ended' },
  'subscriber-already-registered': { kind: 'conflict', title: 'The subscriber is already registered' },
  'receipt-not-due': { kind: 'conflict', title: 'No receipt is due' },
  'hold-not-in-force': { kind: 'conflict', title: 'The legal hold is already lifted' },
  'processing-restricted': { kind: 'conflict', title: 'Processing of the customer is restricted' },
  'restriction-not-in-force': { kind: 'conflict', title: 'Processing is not restricted' },
  'marketing-objected': { kind: 'conflict', title: 'The customer objects to marketing' },
  'objection-not-in-force': { kind: 'conflict', title: 'The customer does not object to marketing' },
  'event-unknown': { kind: 'unknown', title: 'Unknown event' },
  'event-not-retractable': { kind: 'conflict', title: 'Events of this type cannot be retracted' },
  'event-already-retracted': { kind: 'conflict', title: 'The event is already retracted' },
  'event-has-dependants': { kind: 'conflict', title: 'Other events refer to what the event created' },
  'later-event-differs': { kind: 'conflict', title: 'A later event would differ after the correction' },
  'item-id-changed': { kind: 'conflict', title: 'A correction cannot change the id of the item' },
  'not-overdue': { kind: 'conflict', title: 'It is not overdue' },
  'already-overdue': { kind: 'conflict', title: 'It was already recorded as overdue' },
  'policy-unknown': { kind: 'unknown', title: 'Unknown policy' },
  'policy-document-invalid': { kind: 'invalid', title: 'Policy document validation failed' },
  'policy-timeless': { kind: 'invalid', title: 'The policy has no effective date' },
  'import-begun-meanwhile': { kind: 'conflict', title: 'Another import of this mapping started in the meantime' },
  'import-unknown': { kind: 'unknown', title: 'Unknown import of this mapping' },
  'for-imports-only': { kind: 'forbidden', title: 'Allowed for imports only' },
} as const satisfies Readonly<Record<string, RejectionEntry>>;

export interface RejectionEntry {
  readonly kind: 'unknown' | 'gone' | 'conflict' | 'invalid' | 'forbidden';
  readonly title: string;
}
export type RejectionCode = keyof typeof domainRejections;

/** Of whatever asks for an amount, and of whatever names a curator who is to work. */
export const amountRejections = [
  'amount-missing',
  'currency-missing',
  'amount-negative',
  'amount-too-large',
  'amount-not-whole',
] as const satisfies readonly RejectionCode[];
export const curatorRejections = ['curator-unknown', 'curator-departing', 'curator-departed'] as const satisfies readonly RejectionCode[];

/** For the codes of a table. `message` says what was wrong and what would be right, and never holds personal data. */
export const rejecterOf =
  <Code extends string>(_: Readonly<Record<Code, RejectionEntry>>) =>
  (code: Code, message: string, details: Readonly<Record<string, unknown>> = {}): never => {
    throw new Rejection(code, message, details);
  };

export const reject = rejecterOf<RejectionCode>(domainRejections);
