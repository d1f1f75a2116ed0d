import type { Static } from 'typebox';
import type { Dated } from '../kernel/event.js';
import type { ConsentChange } from './consent.js';
import type { acquisitionRecorded, CustomerFact, customerRegistered } from './events.js';

export interface Identifier {
  readonly kind: string;
  readonly value: string;
}

/** Who the customer is, as far as decisions need it. */
export interface CustomerDetails {
  readonly kind: Static<typeof customerRegistered.schema>['kind'];
  readonly displayName?: string;
  readonly segment?: string;
  readonly language?: string;
  readonly identifiers: readonly Identifier[];
  readonly consents: readonly ConsentChange[];
  readonly acquisition?: Static<typeof acquisitionRecorded.schema>;
}

export const detailsOf = (registered: Static<typeof customerRegistered.schema>): CustomerDetails => ({
  kind: registered.kind,
  displayName: registered.displayName,
  segment: registered.segment,
  language: registered.language,
  identifiers: [],
  consents: [],
});

export const evolveDetails = (details: CustomerDetails, fact: Dated<CustomerFact>): CustomerDetails => {
  switch (fact.type) {
    case 'customer-identifier-added':
      return { ...details, identifiers: [...details.identifiers, { kind: fact.data.kind, value: fact.data.value }] };
    case 'customer-identifier-removed':
      return { ...details, identifiers: details.identifiers.filter((identifier) => !sameIdentifier(identifier, fact.data)) };
    case 'customer-details-corrected':
      return { ...details, [fact.data.field]: fact.data.to };
    case 'consent-granted':
    case 'consent-withdrawn': {
      const { channel, purpose } = fact.data;
      const change = { channel, purpose, granted: fact.type === 'consent-granted', occurredAt: fact.occurredAt };
      return { ...details, consents: [...details.consents, change] };
    }
    case 'acquisition-recorded':
      return { ...details, acquisition: fact.data };
    default:
      return details;
  }
};

export const sameIdentifier = (left: Identifier, right: Identifier): boolean => left.kind === right.kind && left.value === right.value;
