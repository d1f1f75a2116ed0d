import type { RecordedEvent } from '#event-log';
import type { Handlers } from '../facts.js';
import { withAssignment } from './assignments.js';
import type { CardDocument, Detail, DetailChange } from './document.js';
import { withMembers } from './profile.js';

export const identityHandlers = {
  'customer-registered': (card, { kind, role, displayName, segment, language }, event) => ({
    ...card,
    status: 'active',
    registration: { kind: String(kind), role: String(role), at: event.occurredAt, event: event.id },
    details: present({ displayName, segment, language }),
  }),
  'customer-identifier-added': (card, { kind, value, label }, { occurredAt, id }) =>
    // Absent where it is not shown to whom the card is shown.
    value === undefined
      ? card
      : {
          ...card,
          identifiers: [
            ...card.identifiers.filter((known) => !same(known, kind, value)),
            { kind, value, ...(label && { label }), since: occurredAt, event: id },
          ],
        },
  'customer-identifier-removed': (card, { kind, value }) => ({
    ...card,
    identifiers: card.identifiers.filter((known) => !same(known, kind, value)),
  }),
  'customer-profile-recorded': (card, { person, organisation, attributes }, { occurredAt: at }) => ({
    ...card,
    profile: {
      ...card.profile,
      ...(person && { person: withMembers(card.profile.person, person, at) }),
      ...(organisation && { organisation: withMembers(card.profile.organisation, organisation, at) }),
      ...(attributes && { attributes: withMembers(card.profile.attributes, attributes, at) }),
    },
  }),
  'customer-details-corrected': (card, { field, to }, event) => ({
    ...card,
    details: { ...card.details, [field]: to },
    detailsHistory: [...card.detailsHistory, detailChange(card, field, to, event)],
  }),
  'consent-granted': (card, data, event) => withConsent(card, data, true, event),
  'consent-withdrawn': (card, data, event) => withConsent(card, data, false, event),
  'acquisition-recorded': (card, method, { occurredAt, id }) => ({
    ...card,
    acquisition: [...card.acquisition, { ...method, at: occurredAt, event: id }].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
  }),
  'curator-assigned': (card, data, { id }) => ({ ...card, assignments: withAssignment(card.assignments, data, id) }),
  'customer-merged': (card, { into }, { occurredAt, id }) => ({ ...card, mergedInto: { customerId: into, at: occurredAt, event: id } }),
  'customer-unmerged': (card) => ({ ...card, mergedInto: null }),
  /** Everything that could name a person goes; what was dealt stays. */
  'customer-erased': (card) => ({
    ...card,
    status: 'erased',
    details: present({ segment: card.details.segment, language: card.details.language }),
    detailsHistory: [],
    identifiers: [],
    profile: {},
    acquisition: card.acquisition.map(({ referrer: _, ...method }) => method),
  }),
} satisfies Handlers<CardDocument>;

/** The last word holds, whichever was learned first; one for all purposes takes the place of those for single ones that came before it. */
function withConsent(
  card: CardDocument,
  data: { channel: string; purpose?: string; via: string },
  granted: boolean,
  event: RecordedEvent,
): CardDocument {
  const { channel, via } = data;
  const purpose = data.purpose ?? null;
  const at = event.occurredAt;
  const key = purpose === null ? channel : `${channel}|${purpose}`;
  if ([channel, key].some((each) => card.consents[each] && card.consents[each].at > at)) return card;
  const others = Object.entries(card.consents).filter(([, known]) => purpose !== null || known.channel !== channel || known.at > at);
  return { ...card, consents: { ...Object.fromEntries(others), [key]: { channel, purpose, granted, via, at, event: event.id } } };
}

function detailChange(card: CardDocument, field: Detail, to: string, { occurredAt, recordedAt, id }: RecordedEvent): DetailChange {
  return { field, from: card.details[field] ?? null, to, at: occurredAt, recordedAt, event: id };
}

function same(known: { readonly kind: string; readonly value: string }, kind: string, value: string): boolean {
  return known.kind === kind && known.value === value;
}

/** Without the members that were not given. */
function present<Given extends object>(given: Given): { [Key in keyof Given]?: Exclude<Given[Key], undefined | null> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) as never;
}
