import { idOf, prefixOf, streamOf } from './kernel/aggregate.js';

/** The category of the streams of customers, for those who read them. */
export const RELATIONSHIP = 'relationship';
const ofCustomers = { category: RELATIONSHIP };

export const relationshipPrefix = prefixOf(ofCustomers);
export const relationshipStream = (customerId: string): string => streamOf(ofCustomers, customerId);

/** Undefined for a stream that is not a customer's. */
export const customerIdOf = (stream: string): string | undefined =>
  stream.startsWith(relationshipPrefix) ? idOf(ofCustomers, stream) : undefined;
