import { type AttitudeFact, attitudeEvents } from './attitude/events.js';
import { type ContactFact, contactEvents } from './contacts/events.js';
import { type CurationFact, curationEvents } from './curation/events.js';
import { curatorEvents } from './curators/events.js';
import { type CustomerFact, customerEvents } from './customer/events.js';
import { type DealFact, dealEvents } from './deals/events.js';
import { type PartnershipFact, partnershipEvents } from './partnership/events.js';
import { policyEvents } from './policies/events.js';
import { type PurchaseFact, purchaseEvents } from './purchases/events.js';

export const relationshipEvents = [
  ...customerEvents,
  ...contactEvents,
  ...dealEvents,
  ...purchaseEvents,
  ...curationEvents,
  ...attitudeEvents,
  ...partnershipEvents,
] as const;

/** Everything that can stand in a customer's stream. */
export type RelationshipFact = CustomerFact | ContactFact | DealFact | PurchaseFact | CurationFact | AttitudeFact | PartnershipFact;

export const relationshipEventTypes: readonly RelationshipFact['type'][] = relationshipEvents.map(({ type }) => type);

/** The entries that the domain gives to the event registry. */
export const eventDefinitions = [...relationshipEvents, ...curatorEvents, ...policyEvents] as const;
