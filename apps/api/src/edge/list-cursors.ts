import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type ApiKeyStore, Problem } from '#platform';

/**
 * The cursor of a page names what the page ended with: an id, a name or a value, possibly of a customer who is out of scope. It leaves the
 * API encrypted, under a secret that all API processes share and that outlives them.
 */
export interface ListCursors {
  /** @param list what the cursor is valid for. The same cursor of the same list is encrypted as the same text */
  seal(list: string, cursor: string): Promise<string>;
  /** @throws Problem `invalid-query` where it was not encrypted here for this list */
  open(list: string, encrypted: string): Promise<string>;
}

/** What the secret is kept under; never changed. */
const NAME = 'list-cursors';
const NONCE = 12;
const TAG = 16;
/** Cursors are filled up to multiples of it, so that their length says less. */
const BLOCK = 64;

export const createListCursors = (store: Pick<ApiKeyStore, 'findSecret' | 'putSecret'>): ListCursors => {
  let opened: ReturnType<typeof keysIn> | undefined;
  const keys = () => {
    opened ??= keysIn(store).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async seal(list, cursor) {
      const { encryption, nonces } = await keys();
      const text = Buffer.from(cursor);
      const filled = Buffer.concat([text, Buffer.alloc(BLOCK - (text.length % BLOCK))]);
      // Derived from what is encrypted, so a nonce is used again for the same text only.
      const nonce = createHmac('sha256', nonces)
        .update(JSON.stringify([list, cursor]))
        .digest()
        .subarray(0, NONCE);
      const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(Buffer.from(list));
      return Buffer.concat([nonce, cipher.update(filled), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    async open(list, encrypted) {
      const { encryption } = await keys();
      const bytes = Buffer.from(encrypted, 'base64url');
      if (bytes.length <= NONCE + TAG || bytes.toString('base64url') !== encrypted) throw notOfThisList();
      const decipher = createDecipheriv('aes-256-gcm', encryption, bytes.subarray(0, NONCE), { authTagLength: TAG })
        .setAAD(Buffer.from(list))
        .setAuthTag(bytes.subarray(-TAG));
      try {
        const filled = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
        return filled.subarray(0, filled.indexOf(0)).toString();
      } catch {
        throw notOfThisList();
      }
    },
  };
};

const keysIn = async (store: Pick<ApiKeyStore, 'findSecret' | 'putSecret'>) => {
  const { bytes } =
    (await store.findSecret(NAME)) ?? (await store.putSecret(NAME, { id: randomBytes(4).toString('hex'), bytes: randomBytes(32) }));
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', bytes, '', purpose, 32));
  return { encryption: derived('list-cursors encryption'), nonces: derived('list-cursors nonces') };
};

const notOfThisList = () =>
  new Problem('invalid-query', undefined, {
    errors: [{ pointer: 'cursor', detail: 'is not a cursor of this list; start again without cursor' }],
  });
