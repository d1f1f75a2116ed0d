import { createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { putBack } from '#event-log';
import { CARD_TYPE, CARD_VERSION, type PublishingKey, type PublishingKeys } from '#streaming';

export const newPublishingKey = (): PublishingKey => ({ id: randomBytes(12).toString('base64url'), key: createSecretKey(randomBytes(32)) });

/** The same key for every customer. */
export const publishingKeysOf =
  (key: PublishingKey): PublishingKeys =>
  async (streams) =>
    new Map([...streams].map((stream) => [stream, key]));

interface Sent {
  readonly key: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: string | null;
}

/** The value of a record of the events topic as a subscriber reads it. @throws Error where it was encrypted for another record or key */
export const openedEvent = ({ headers = {}, value }: Sent, key: PublishingKey): string | null =>
  opened(value, [headers.ce_subject!, headers.ce_id!, headers.ce_type!, Number(headers.ce_schemaversion), headers.ce_subject!], key);

/** The same of a record of the customers topic. */
export const openedCard = ({ key: customerId, headers = {}, value }: Sent, key: PublishingKey): string | null => {
  const stream = `relationship-${customerId}`;
  return opened(value, [stream, headers.letopis_position!, CARD_TYPE, CARD_VERSION, stream], key);
};

function opened(value: string | null, sealedAs: readonly unknown[], { id, key }: PublishingKey): string | null {
  if (value === null || value === '') return value;
  const { sealed, ...left } = JSON.parse(value);
  if (sealed === undefined) return value;
  const encrypted = Buffer.from(sealed.ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'));
  decipher.setAAD(Buffer.from(JSON.stringify([...sealedAs, id]))).setAuthTag(encrypted.subarray(-16));
  const plain = Buffer.concat([decipher.update(encrypted.subarray(0, -16)), decipher.final()]);
  return JSON.stringify(putBack(left, JSON.parse(plain.toString())));
}
