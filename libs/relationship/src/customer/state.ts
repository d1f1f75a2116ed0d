import type { Static } from 'typebox';
import type { Dated } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import { extended, type History, heldIn, noHistory, type Since } from '../kernel/valid-time.js';
import { correctableDetails } from './commands.js';
import { type Consents, noConsents, withConsent } from './consent.js';
import type { acquisitionRecorded, CustomerEvent, customerRegistered, profileRecorded } from './events.js';

export interface Identifier {
  readonly kind: string;
  readonly value: string;
}

export type Detail = (typeof correctableDetails)[number];
type Acquisition = Static<typeof acquisitionRecorded.schema>;
type Profile = Static<typeof profileRecorded.schema>;

/** Something that was said of the customer, true from an instant on. */
export interface Said<Value> extends Since {
  readonly value: Value;
}

/** Who the customer is, as far as decisions need it: by when each of it was true. */
export interface CustomerDetails {
  readonly kind: Static<typeof customerRegistered.schema>['kind'];
  readonly details: Readonly<Partial<Record<Detail, History<Said<string>>>>>;
  /** By `memberKey`. */
  readonly profile: IdMap<History<Said<unknown>>>;
  /** By `identifierKey`: whether the customer has it. */
  readonly identifiers: IdMap<History<Said<boolean>>>;
  /** By channel. */
  readonly consents: IdMap<Consents>;
  readonly acquisition: History<Said<Acquisition>>;
}

export const detailsOf = (data: Static<typeof customerRegistered.schema>, at: string): CustomerDetails =>
  correctableDetails.reduce<CustomerDetails>(
    (details, field) => (data[field] === undefined ? details : withDetail(details, field, { at, value: data[field] })),
    { kind: data.kind, details: {}, profile: emptyIdMap, identifiers: emptyIdMap, consents: emptyIdMap, acquisition: noHistory },
  );

export const evolveDetails = (details: CustomerDetails, event: Dated<CustomerEvent>): CustomerDetails => {
  const at = event.occurredAt;
  switch (event.type) {
    case 'customer-identifier-added':
    case 'customer-identifier-removed': {
      const { kind, value } = event.data;
      if (value === undefined) return details;
      const said = { at, value: event.type === 'customer-identifier-added' };
      return { ...details, identifiers: withSaid(details.identifiers, identifierKey({ kind, value }), said) };
    }
    case 'customer-profile-recorded': {
      const said = membersOf(event.data).reduce((all, [key, value]) => withSaid(all, key, { at, value }), details.profile);
      return { ...details, profile: said };
    }
    case 'customer-details-corrected':
      return event.data.to === undefined ? details : withDetail(details, event.data.field, { at, value: event.data.to });
    case 'consent-granted':
    case 'consent-withdrawn': {
      const { channel, purpose } = event.data;
      const change = { at, purpose, granted: event.type === 'consent-granted' };
      return { ...details, consents: setId(details.consents, channel, withConsent(consentsOf(details, channel), change)) };
    }
    case 'acquisition-recorded':
      return { ...details, acquisition: extended(details.acquisition, { at, value: event.data }) };
    default:
      return details;
  }
};

export const detailAt = ({ details }: CustomerDetails, field: Detail, instant: string): Said<string> | undefined =>
  heldIn(details[field] ?? noHistory, instant);

/** Undefined for what the customer had not been known by until then. */
export const identifierAt = ({ identifiers }: CustomerDetails, identifier: Identifier, instant: string): Said<boolean> | undefined =>
  heldIn(getId(identifiers, identifierKey(identifier)) ?? noHistory, instant);

export const memberAt = ({ profile }: CustomerDetails, key: string, instant: string): Said<unknown> | undefined =>
  heldIn(getId(profile, key) ?? noHistory, instant);

export const acquisitionAt = ({ acquisition }: CustomerDetails, instant: string): Said<Acquisition> | undefined =>
  heldIn(acquisition, instant);

export const consentsOf = ({ consents }: CustomerDetails, channel: string): Consents => getId(consents, channel) ?? noConsents;

/** Every member that a profile gives, each an attribute of its own. */
export const membersOf = (profile: Profile): readonly (readonly [key: string, value: unknown])[] =>
  Object.entries(profile).flatMap(([part, members]) =>
    Object.entries(members ?? {}).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[`${part}.${name}`, value] as const],
    ),
  );

const identifierKey = ({ kind, value }: Identifier): string => JSON.stringify([kind, value]);

const withDetail = (details: CustomerDetails, field: Detail, said: Said<string>): CustomerDetails => ({
  ...details,
  details: { ...details.details, [field]: extended(details.details[field] ?? noHistory, said) },
});

const withSaid = <Value>(all: IdMap<History<Said<Value>>>, key: string, said: Said<Value>): IdMap<History<Said<Value>>> =>
  setId(all, key, extended(getId(all, key) ?? noHistory, said));
