import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** AES-256. `id` is the beginning of its SHA-256, so that it need not be written down. */
export interface MasterKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Several at once during a rotation; new keys are wrapped by the current one. Where their source gives none, calls reject with MasterKeyUnavailable. */
export interface MasterKeys {
  current(): Promise<MasterKey>;
  /** @throws MasterKeyMissing */
  get(id: string): Promise<MasterKey>;
}

export const MASTER_KEY_BYTES = 32;

/** @param bytes 32 of them */
export const masterKeyOf = (bytes: Buffer): MasterKey => ({
  id: createHash('sha256').update(bytes).digest('hex').slice(0, 8),
  key: createSecretKey(bytes),
});

export type KnownMasterKeys = readonly [MasterKey, ...MasterKey[]];

/** The first one is the current one. */
export const masterKeysOf = (keys: KnownMasterKeys): MasterKeys => ({
  current: async () => keys[0],
  async get(id) {
    const found = keys.find((key) => key.id === id);
    if (found === undefined) throw new MasterKeyMissing(id);
    return found;
  },
});

/** The source of a master key gives none. The message never quotes what it gave. */
export class MasterKeyUnavailable extends Error {
  override readonly name = 'MasterKeyUnavailable';
}

/** A key is wrapped by a master key that this process was not given. */
export class MasterKeyMissing extends Error {
  override readonly name = 'MasterKeyMissing';
  constructor(
    readonly masterKeyId: string,
    where?: string,
  ) {
    super(
      `the master key ${masterKeyId} is missing${where === undefined ? '' : `: ${where}`}; keys of customers are encrypted by it and their ` +
        'data cannot be read without it; set MASTER_KEY to the source of that key, or FORMER_MASTER_KEYS if another is the current one',
    );
  }
}

/** What a wrapped key belongs to; with other values it cannot be unwrapped, so that rows cannot be swapped. */
export interface WrappedFor {
  readonly subject: string;
  /** Of the wrapped key. */
  readonly id: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of a wrapped key of 256 bits. */
export const WRAPPED_BYTES = NONCE_BYTES + 32 + TAG_BYTES;
const aadOf = ({ subject, id }: WrappedFor) => Buffer.from(JSON.stringify([subject, id]));

/** AES-256-GCM: nonce, ciphertext, tag. */
export function wrapKey({ key }: MasterKey, bytes: Buffer, wrappedFor: WrappedFor): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(wrappedFor));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** A row of the key store was changed by other means than Letopis. */
export class WrappedKeyDamaged extends Error {
  override readonly name = 'WrappedKeyDamaged';
  constructor({ subject, id }: WrappedFor, masterKeyId: string) {
    super(
      `the key ${id} of ${subject} in the key store is damaged: the master key ${masterKeyId}, which encrypted it, does not decrypt it`,
    );
  }
}

/** @throws WrappedKeyDamaged */
export function unwrapKey({ id: masterKeyId, key }: MasterKey, wrapped: Buffer, wrappedFor: WrappedFor): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(aadOf(wrappedFor)).setAuthTag(wrapped.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new WrappedKeyDamaged(wrappedFor, masterKeyId);
  }
}
