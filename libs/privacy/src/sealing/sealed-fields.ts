import { createCipheriv, createDecipheriv, hash, type KeyObject, randomFillSync } from 'node:crypto';
import type { NewEvent, SealedFields } from '#event-log';

/** What the ciphertext belongs to: with other values it does not decrypt, so that ciphertexts cannot be swapped. */
export interface SealedFor {
  readonly stream: string;
  readonly event: Pick<NewEvent, 'id' | 'type' | 'schemaVersion'>;
  readonly subject: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The random bytes before the plaintext, without which its commitment could be found by trying what may stand in it. */
const BLINDING_BYTES = 32;

const aadOf = ({ stream, event, subject }: SealedFor, keyId: string): Buffer =>
  Buffer.from(JSON.stringify([stream, event.id, event.type, event.schemaVersion, subject, keyId]));

/** AES-256-GCM over blinding and plaintext; the commitment is SHA-256 over both. */
export function sealFields(plaintext: string, sealedFor: SealedFor, { id: keyId, key }: Pick<DataKey, 'id' | 'key'>): SealedFields {
  const blinded = Buffer.allocUnsafe(BLINDING_BYTES + Buffer.byteLength(plaintext));
  randomBytes(BLINDING_BYTES).copy(blinded);
  blinded.write(plaintext, BLINDING_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(sealedFor, keyId));
  const encrypted = [cipher.update(blinded), cipher.final(), cipher.getAuthTag()];
  return {
    subject: sealedFor.subject,
    keyId,
    nonce: nonce.toString('base64'),
    ciphertext: Buffer.concat(encrypted).toString('base64'),
    commitment: hash('sha256', blinded, 'base64'),
  };
}

interface DataKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The plaintext. @throws Error where it was not encrypted for this event under this key */
export function openFields({ keyId, nonce, ciphertext }: SealedFields, sealedFor: SealedFor, key: KeyObject): string {
  const encrypted = Buffer.from(ciphertext, 'base64');
  const end = encrypted.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: TAG_BYTES });
  decipher.setAAD(aadOf(sealedFor, keyId)).setAuthTag(encrypted.subarray(end));
  const blinded = decipher.update(encrypted.subarray(0, end));
  decipher.final();
  return blinded.toString('utf8', BLINDING_BYTES);
}

const pool = Buffer.alloc(8_192);
let used = pool.length;

/** From a pool, as each call of the generator costs as much as the encryption. Valid until the next call. */
function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
