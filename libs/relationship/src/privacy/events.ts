import { Type } from 'typebox';
import { type EventOf, event, id, instant, oneOf, optional, personal, strict, text, word } from '../kernel/event.js';

/** Why a customer is erased: Art. 17(1) GDPR, in the order of its letters; `unstated` where whoever asks need not say. */
export const erasureGrounds = [
  'unstated',
  'no-longer-necessary',
  'consent-withdrawn',
  'objection',
  'unlawful',
  'legal-obligation',
  'child',
] as const;
export type ErasureGround = (typeof erasureGrounds)[number];

/** Why a customer is not erased: Art. 17(3), in the order of its letters. */
export const erasureExceptions = ['freedom-of-expression', 'legal-obligation', 'public-health', 'archiving', 'legal-claims'] as const;

/** Why processing is restricted: Art. 18(1), in the order of its letters. */
export const restrictionGrounds = ['accuracy-contested', 'unlawful', 'needed-for-claims', 'objection-pending'] as const;

const reason = () => optional(personal(text(500)));

export const erasureRequested = event(
  'erasure-requested',
  'Erasure of the customer was requested; `dueAt` is the end of the month that Art. 12(3) GDPR allows.',
  strict({ ground: oneOf(...erasureGrounds), dueAt: instant(), reason: reason() }),
  { shows: ['/ground', '/dueAt'], provided: [] },
);
export const erasureConfirmed = event(
  'erasure-confirmed',
  'The requested erasure was confirmed; it is carried out unless a legal hold is in force.',
  strict({}),
  { shows: [], provided: [] },
);
export const erasureRejected = event(
  'erasure-rejected',
  'The requested erasure was rejected, for an exception of Art. 17(3) GDPR.',
  strict({ exception: oneOf(...erasureExceptions), reason: reason() }),
  { shows: ['/exception'], provided: [] },
);
export const erasureOverdue = event(
  'erasure-overdue',
  'The requested erasure was neither carried out nor rejected when it was due.',
  strict({ dueAt: instant() }),
  { shows: ['/dueAt'], provided: [] },
);
export const legalHoldPlaced = event(
  'legal-hold-placed',
  'The customer must not be erased until the hold is lifted.',
  strict({ holdId: id(), reason: reason() }),
  { provided: [] },
);
export const legalHoldLifted = event('legal-hold-lifted', 'A legal hold was lifted.', strict({ holdId: id(), reason: reason() }), {
  provided: [],
});
export const processingRestricted = event(
  'processing-restricted',
  'Processing is restricted (Art. 18 GDPR): the record is read, and nothing but consents is recorded.',
  strict({ ground: oneOf(...restrictionGrounds), reason: reason() }),
  { shows: ['/ground'], provided: [] },
);
export const restrictionLifted = event(
  'processing-restriction-lifted',
  'Processing is no longer restricted.',
  strict({ reason: reason() }),
  { shows: [], provided: [] },
);
export const marketingObjected = event(
  'marketing-objected',
  'The customer objects to marketing (Art. 21 GDPR): outbound contacts for its purposes are rejected.',
  strict({ via: personal(word()) }),
  { shows: ['/via'], provided: ['/via'] },
);
export const marketingObjectionWithdrawn = event(
  'marketing-objection-withdrawn',
  'The customer no longer objects to marketing.',
  strict({ via: personal(word()) }),
  { shows: ['/via'], provided: ['/via'] },
);
export const customerErased = event(
  'customer-erased',
  'The customer was erased: personal fields are destroyed, numbers stay under the id.',
  strict({ code: oneOf(...erasureGrounds) }),
  { shows: [], forgets: true, provided: [] },
  // In version 1 the reason was any text.
  [{ personal: ['/reason'], upcast: () => ({ code: 'unstated' }) }],
);
export const erasureCompleted = event(
  'erasure-completed',
  'The erasure is complete; `certificateHash` is the SHA-256 of its certificate, which the stream of the process has.',
  strict({ certificateHash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
  { provided: [] },
);

/** Why a request is rejected: Art. 12(5), 12(6), 15(4) and 23 GDPR. */
export const accessRejections = [
  'manifestly-unfounded',
  'excessive',
  'identity-unconfirmed',
  'rights-of-others',
  'restricted-by-law',
] as const;
export const MOST_WITHHELD = 1_000;

export const accessRequested = event(
  'access-requested',
  'All that is kept of the customer was requested (Art. 15 GDPR); `dueAt` is the end of the month that Art. 12(3) allows.',
  strict({ dueAt: instant(), reason: reason() }),
  { shows: ['/dueAt'], provided: [] },
);
export const accessReleased = event(
  'access-released',
  'What was requested was released: the customer may fetch all that was recorded until then. Of events in `withheld` no free text is given.',
  strict({ withheld: optional(Type.Array(id(), { maxItems: MOST_WITHHELD })) }),
  { shows: [], provided: [], withheld: ['/withheld'] },
);
export const accessRejected = event(
  'access-rejected',
  'The request was rejected, for a reason of Art. 12(5), 12(6), 15(4) or 23 GDPR.',
  strict({ ground: oneOf(...accessRejections), reason: reason() }),
  { shows: ['/ground'], provided: [] },
);

export const publishingKeyDisclosed = event(
  'publishing-key-disclosed',
  'A subscriber was given the key to the personal fields of the customer that are published to Kafka.',
  strict({ subscriberId: id(), keyId: id() }),
  { provided: [] },
);
export const erasureReceiptsRequested = event(
  'erasure-receipts-requested',
  'The customer is erased: these subscribers have a key, and confirm by `dueAt` that they have deleted the customer.',
  strict({ receipts: Type.Array(strict({ subscriberId: id(), dueAt: instant() })) }),
  { provided: [] },
);
export const erasureReceiptGiven = event(
  'erasure-receipt-given',
  'A subscriber confirmed that it has deleted the erased customer.',
  strict({ subscriberId: id() }),
  { provided: [] },
);
export const erasureReceiptOverdue = event(
  'erasure-receipt-overdue',
  'A subscriber did not confirm by `dueAt` that it has deleted the erased customer.',
  strict({ subscriberId: id(), dueAt: instant() }),
  { provided: [] },
);

export const privacyEvents = [
  erasureRequested,
  erasureConfirmed,
  erasureRejected,
  erasureOverdue,
  legalHoldPlaced,
  legalHoldLifted,
  processingRestricted,
  restrictionLifted,
  marketingObjected,
  marketingObjectionWithdrawn,
  customerErased,
  erasureCompleted,
  publishingKeyDisclosed,
  erasureReceiptsRequested,
  erasureReceiptGiven,
  erasureReceiptOverdue,
  accessRequested,
  accessReleased,
  accessRejected,
] as const;
export type PrivacyEvent = EventOf<(typeof privacyEvents)[number]>;
