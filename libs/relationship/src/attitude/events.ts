import { Type } from 'typebox';
import { withoutContact } from '../contacts/events.js';
import { code, type EventOf, event, id, ofCurators, oneOf, optional, personal, retractable, strict, text } from '../kernel/event.js';

export const satisfactionAnswered = event(
  'satisfaction-answered',
  'The customer answered a question about satisfaction: CSAT 1 to 5, NPS 0 to 10, CES 1 to 7.',
  strict({
    answerId: id(),
    metric: oneOf('csat', 'nps', 'ces'),
    score: Type.Integer({ minimum: 0, maximum: 10 }),
    contactId: optional(id()),
    dealId: optional(id()),
    caseId: optional(id()),
    curatorId: optional(id()),
    comment: optional(personal(text())),
  }),
  {
    ...withoutContact(['/answerId', '/metric', '/score', '/dealId', '/caseId', '/curatorId', '/comment']),
    provided: ['/metric', '/score', '/comment'],
    others: ofCurators('/curatorId'),
  },
);
export const recommendationMade = event(
  'recommendation-made',
  'The customer recommended us to somebody.',
  strict({ recommendationId: id(), note: optional(personal(text())) }),
  { shows: ['/recommendationId'], provided: [] },
);
export const referralConverted = event(
  'referral-converted',
  'Somebody whom the customer referred became a customer.',
  strict({ referralId: id(), referredCustomerId: id(), dealId: optional(id()) }),
  { shows: ['/referralId'], provided: [], others: { '/referredCustomerId': 'another customer', '/dealId': 'another customer' } },
);
export const reviewPublished = event(
  'review-published',
  'The customer published a review.',
  strict({ reviewId: id(), site: personal(text(300)), rating: optional(Type.Number({ minimum: 0, maximum: 10 })) }),
  { shows: ['/reviewId', '/site', '/rating'], provided: ['/site', '/rating'] },
);
export const complaintRaised = event(
  'complaint-raised',
  'The customer complained.',
  strict({
    complaintId: id(),
    summary: optional(personal(text())),
    contactId: optional(id()),
    dealId: optional(id()),
    severity: optional(code('a level of severity')),
  }),
  { ...withoutContact(['/complaintId', '/summary', '/dealId']), provided: ['/summary'] },
);
export const complaintResolved = event(
  'complaint-resolved',
  'A complaint was resolved.',
  strict({ complaintId: id(), resolution: optional(personal(text())) }),
  { shows: ['/complaintId', '/resolution'], provided: [] },
);

export const attitudeEvents = [
  retractable(satisfactionAnswered, {
    command: 'answer-satisfaction',
    creates: { answer: '/answerId' },
    refersTo: { contact: '/contactId', deal: '/dealId' },
  }),
  retractable(recommendationMade, { command: 'make-recommendation', creates: { recommendation: '/recommendationId' } }),
  retractable(referralConverted, { command: 'convert-referral', creates: { referral: '/referralId' } }),
  retractable(reviewPublished, { command: 'publish-review', creates: { review: '/reviewId' } }),
  retractable(complaintRaised, {
    command: 'raise-complaint',
    creates: { complaint: '/complaintId' },
    refersTo: { contact: '/contactId', deal: '/dealId' },
  }),
  retractable(complaintResolved, { command: 'resolve-complaint', refersTo: { complaint: '/complaintId' } }),
] as const;
export type AttitudeEvent = EventOf<(typeof attitudeEvents)[number]>;
