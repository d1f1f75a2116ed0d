import { Amount, Id, OneOf, Optional, Text, Whole, Word } from '../kernel/body.js';
import { command, staff, staffAndCustomer } from '../kernel/command.js';

export const satisfactionMetrics = ['csat', 'nps', 'ces'] as const;

export class AnswerSatisfaction {
  @Id() answerId!: string;
  @OneOf(satisfactionMetrics) metric!: (typeof satisfactionMetrics)[number];
  /** CSAT 1 to 5, NPS 0 to 10, CES 1 to 7. */
  @Whole(0, 10) score!: number;
  @Optional() @Id() contactId?: string;
  @Optional() @Id() dealId?: string;
  @Optional() @Id() caseId?: string;
  /** The curator who answered for the customer at that time when left out. */
  @Optional() @Id() curatorId?: string;
  @Optional() @Text() comment?: string;
}

export class MakeRecommendation {
  @Id() recommendationId!: string;
  @Optional() @Text() note?: string;
}

export class ConvertReferral {
  @Id() referralId!: string;
  @Id() referredCustomerId!: string;
  /** A deal of the customer who was referred. */
  @Optional() @Id() dealId?: string;
}

export class PublishReview {
  @Id() reviewId!: string;
  @Text(300) site!: string;
  @Optional() @Amount(0, 10) rating?: number;
}

export class RaiseComplaint {
  @Id() complaintId!: string;
  @Optional() @Text() summary?: string;
  @Optional() @Id() contactId?: string;
  @Optional() @Id() dealId?: string;
  @Optional() @Word() severity?: string;
}

export class ResolveComplaint {
  @Id() complaintId!: string;
  @Optional() @Text() resolution?: string;
}

export const attitudeCommands = [
  command({
    name: 'answer-satisfaction',
    body: AnswerSatisfaction,
    path: '/customers/:customerId/satisfaction',
    generatedId: 'answerId',
    summary: 'Record a satisfaction answer',
    roles: staffAndCustomer,
    rejections: ['answer-id-taken', 'score-out-of-scale', 'contact-unknown', 'deal-unknown', 'curator-unknown'],
  }),
  command({
    name: 'make-recommendation',
    body: MakeRecommendation,
    path: '/customers/:customerId/recommendations',
    generatedId: 'recommendationId',
    summary: 'Record that the customer recommended us',
    roles: staffAndCustomer,
    rejections: ['recommendation-id-taken'],
  }),
  command({
    name: 'convert-referral',
    body: ConvertReferral,
    path: '/customers/:customerId/referrals',
    generatedId: 'referralId',
    summary: 'Record that somebody whom the customer referred became a customer',
    roles: staff,
    otherCustomer: 'referredCustomerId',
    rejections: ['referral-id-taken', 'referral-of-self', 'referred-customer-unknown'],
  }),
  command({
    name: 'publish-review',
    body: PublishReview,
    path: '/customers/:customerId/reviews',
    generatedId: 'reviewId',
    summary: 'Record a published review',
    roles: staffAndCustomer,
    rejections: ['review-id-taken'],
  }),
  command({
    name: 'raise-complaint',
    body: RaiseComplaint,
    path: '/customers/:customerId/complaints',
    generatedId: 'complaintId',
    summary: 'Record a complaint',
    roles: staffAndCustomer,
    rejections: ['complaint-id-taken', 'contact-unknown', 'deal-unknown'],
  }),
  command({
    name: 'resolve-complaint',
    body: ResolveComplaint,
    path: '/customers/:customerId/complaints/:complaintId/resolve',
    summary: 'Record that a complaint was resolved',
    roles: staff,
    rejections: ['complaint-unknown', 'complaint-already-resolved'],
  }),
] as const;
