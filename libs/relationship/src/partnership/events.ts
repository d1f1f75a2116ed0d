import { type EventOf, event, id, instant, optional, personal, retractable, strict, text } from '../kernel/event.js';

export const partnershipAgreed = event(
  'partnership-agreed',
  'A partnership agreement is in force between the two instants, until it is ended without a second one.',
  strict({ agreementId: id(), activeFrom: instant(), activeUntil: optional(instant()), terms: optional(personal(text())) }),
  { shows: ['/agreementId', '/activeFrom', '/activeUntil', '/terms'], provided: [] },
);
export const partnershipEnded = event(
  'partnership-ended',
  'A partnership agreement was ended.',
  strict({ agreementId: id(), reason: optional(personal(text(500))) }),
  { shows: ['/agreementId'], provided: [] },
);

export const partnershipEvents = [
  retractable(partnershipAgreed, { command: 'agree-partnership', creates: { agreement: '/agreementId' } }),
  retractable(partnershipEnded, { command: 'end-partnership', refersTo: { agreement: '/agreementId' } }),
] as const;
export type PartnershipEvent = EventOf<(typeof partnershipEvents)[number]>;
