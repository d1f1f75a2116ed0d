/** One stream an aggregate; ids are opaque and never personal data. */

const RELATIONSHIP = 'relationship-';

export const relationshipStream = (customerId: string): string => `${RELATIONSHIP}${customerId}`;
export const curatorStream = (curatorId: string): string => `curator-${curatorId}`;
export const policyStream = (name: string): string => `policy-${name}`;

/** Undefined for a stream that is not a customer's. */
export const customerIdOf = (stream: string): string | undefined =>
  stream.startsWith(RELATIONSHIP) ? stream.slice(RELATIONSHIP.length) : undefined;
