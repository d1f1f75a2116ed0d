import type { Schema } from '../published-schema.js';

/** A kind of record, as AsyncAPI tells of it. */
export interface Message {
  /** Unique in the document; letters, digits, hyphens, dots. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** What stands in the key of the record. */
  readonly key: Schema;
  readonly headers: Schema;
  readonly payload: Schema;
  /** Further members of the document, `x-…`. */
  readonly extensions?: Readonly<Record<`x-${string}`, unknown>>;
}

export const messageObject = ({ name, summary, description, key, headers, payload, extensions }: Message) => ({
  name,
  summary,
  ...(description !== undefined && { description }),
  contentType: 'application/json',
  headers,
  payload,
  bindings: { kafka: { key, bindingVersion: KAFKA_BINDING } },
  ...extensions,
});

export const KAFKA_BINDING = '0.5.0';
export const sha256 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
export const digits = { type: 'string', pattern: '^[0-9]+$' };
export const sequence = { type: 'string', pattern: '^[0-9]{1,20}$' };
export const customerKey = { type: 'string', description: "The customer's id." };
