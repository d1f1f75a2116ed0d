import type { DomainEvent } from '#event-log';
import { inTime } from '#relationship/read-side.js';
import type { Handlers } from '../event-handlers.js';
import { assignmentHandlers, withAssignment } from '../shared/assignments.js';
import { isOwn, mergeHandlers } from '../shared/departure.js';
import { withConsent } from './consents.js';
import { withDetail } from './details.js';
import type { CardDocument, Detail, Details, SaidOfDetail, SaidOfIdentifier } from './document.js';
import { withIdentifier } from './identifiers.js';
import { withMembers } from './profile.js';

export const identityHandlers = {
  'customer-registered': (card, { kind, role, displayName, segment, language }, event) => ({
    ...card,
    status: 'active',
    registration: { kind: String(kind), role: String(role), at: event.occurredAt, event: event.id },
    assignments: withAssignment(card.assignments, event),
    details: Object.entries({ displayName, segment, language, role }).reduce<Details>(
      (details, [field, value]) => (value ? withDetail(details, field as Detail, said(value, event)) : details),
      card.details,
    ),
  }),
  'customer-identifier-added': (card, { kind, value, label }, { occurredAt: at, id }) =>
    identified(card, kind, value, { at, has: true, ...(label && { label }), event: id }),
  'customer-identifier-removed': (card, { kind, value }, { occurredAt: at, id }) =>
    identified(card, kind, value, { at, has: false, event: id }),
  'customer-profile-recorded': (card, { person, organisation, attributes }, { occurredAt: at }) => ({
    ...card,
    profile: {
      ...card.profile,
      ...(person && { person: withMembers(card.profile.person, person, at) }),
      ...(organisation && { organisation: withMembers(card.profile.organisation, organisation, at) }),
      ...(attributes && { attributes: withMembers(card.profile.attributes, attributes, at) }),
    },
  }),
  'customer-details-corrected': (card, { field, to }, event) => corrected(card, field, to, event),
  'consent-granted': (card, data, event) => consented(card, data, true, event),
  'consent-withdrawn': (card, data, event) => consented(card, data, false, event),
  'acquisition-recorded': (card, method, { occurredAt: at, id }) => ({
    ...card,
    acquisition: inTime(card.acquisition, { ...method, at, event: id }),
  }),
  'curator-assigned': assignmentHandlers['curator-assigned'],
  ...mergeHandlers,
  'customer-erased': (card, _, event) => (isOwn(card, event) ? { ...card, status: 'erased' } : card),
} satisfies Handlers<CardDocument>;

function said(value: string, { occurredAt: at, recordedAt, id: event }: DomainEvent): SaidOfDetail {
  return { at, value, recordedAt, event };
}

/** What something was corrected to is absent where it is not shown to whom the card is shown, as is the value of an identifier. */
function corrected(card: CardDocument, field: Detail, to: string | undefined, event: DomainEvent): CardDocument {
  if (to === undefined) return card;
  const details = withDetail(card.details, field, said(to, event));
  const role = details.role?.at(-1)?.value;
  return { ...card, details, registration: card.registration && role ? { ...card.registration, role } : card.registration };
}

function identified(card: CardDocument, kind: string, value: string | undefined, said: SaidOfIdentifier): CardDocument {
  return value === undefined ? card : { ...card, identifiers: withIdentifier(card.identifiers, { kind, value }, said) };
}

function consented(
  card: CardDocument,
  { channel, purpose, via }: { channel: string; purpose?: string; via: string | undefined },
  granted: boolean,
  { occurredAt: at, id: event }: DomainEvent,
): CardDocument {
  return {
    ...card,
    consents: withConsent(card.consents, channel, { at, purpose: purpose ?? null, granted, ...(via !== undefined && { via }), event }),
  };
}
