import { createCipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { takenOut } from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';

/** The key to what is published of one customer. */
export interface PublishingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Of the streams of customers that have a key; the personal fields of all others are omitted. */
export type PublishingKeys = (streams: Iterable<string>) => Promise<ReadonlyMap<string, PublishingKey>>;

/** What a ciphertext belongs to: all of it is in the headers of the record. */
export interface SealedAs {
  readonly stream: string;
  /** Of the event; of a card the position of its last event. */
  readonly id: string;
  /** Name of the event, or `customer`. */
  readonly type: string;
  readonly schemaVersion: number;
}

export const SEALED = 'sealed';
export const CARD_TYPE = 'customer';
export const CARD_VERSION = 1;

/** As JSON Schema: the member that a value has beside its others. */
export const sealedSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['keyId', 'nonce', 'ciphertext'],
  description:
    'The personal fields, encrypted; absent where there are none, and after an erasure. AES-256-GCM under the publishing key of the customer ' +
    '(`GET /customers/{customerId}/publishing-key`), with the tag of 16 bytes at the end of `ciphertext`. Additional data: the JSON array ' +
    '[ce_subject, ce_id, ce_type, ce_schemaversion as a number, ce_subject, keyId] without spaces; of a card [stream, letopis_position, ' +
    '"customer", 1, stream, keyId], where the stream is relationship-<customer id>. Plaintext: a JSON object of JSON pointers into the value and what is there.',
  properties: {
    keyId: { type: 'string', description: 'Of the key that the publishing key is derived from.' },
    nonce: { type: 'string', description: '12 bytes in base64.' },
    ciphertext: { type: 'string', description: 'In base64.' },
  },
} as const;

const NONCE_BYTES = 12;

/** The value without what is at the pointers, which goes along encrypted where there is a key. */
export const sealedValue = (value: object, pointers: readonly string[], sealedAs: SealedAs, key: PublishingKey | undefined): object => {
  const { taken, left } = takenOut(value, pointers);
  if (key === undefined || Object.keys(taken).length === 0) return left as object;
  const { stream, id, type, schemaVersion } = sealedAs;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce).setAAD(
    Buffer.from(JSON.stringify([stream, id, type, schemaVersion, stream, key.id])),
  );
  const encrypted = [cipher.update(canonicalJson(taken), 'utf8'), cipher.final(), cipher.getAuthTag()];
  const sealed = { keyId: key.id, nonce: nonce.toString('base64'), ciphertext: Buffer.concat(encrypted).toString('base64') };
  return { ...(left as object), [SEALED]: sealed };
};
