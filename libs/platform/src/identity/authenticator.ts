import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { hashSecret, parseApiKey } from './api-key.js';
import type { Identity } from './identity.js';
import type { ApiKeyRecord, ApiKeyStore } from './key-store.js';

/** How long a verified key is trusted without another look; a revocation takes effect within it. */
const TRUSTED_MS = 500;

export interface Authenticator {
  /** The identity behind a token that was verified a moment ago; of any other, undefined. Costs no promise: nearly every request ends here. */
  recall(token: string): Identity | undefined;
  /** Whether the token was ever good, as far as is remembered: it may have been revoked since. */
  hasKnown(token: string): boolean;
  /** The key was revoked: from now on it is rejected here. */
  forget(keyId: string): void;
  /**
   * The identity behind a token, or undefined where the key is malformed, unknown, revoked or not good any more.
   * @throws KeyStoreUnavailable: nobody is let in, and nobody turned away for good, on the word of an engine that does not answer
   */
  identify(token: string): Promise<Identity | undefined>;
}

/** @param isGood whether a key that is not revoked may be used; asked at every request */
export const createAuthenticator = (
  keys: Pick<ApiKeyStore, 'find'>,
  isGood: (key: ApiKeyRecord) => boolean = () => true,
): Authenticator => {
  const verified = new LRUCache<string, Verified>({ max: 10_000, ttl: TRUSTED_MS, ttlResolution: 50, noDeleteOnStaleGet: true });
  // Besides what is remembered: an answer of the store that is under way may be of before.
  const forgotten = new Set<string>();
  const goodOne = (found: Verified | undefined) =>
    found !== undefined && !forgotten.has(found.record.id) && isGood(found.record) ? found.identity : undefined;
  const recall = (token: string) => goodOne(verified.get(token));
  return {
    recall,
    forget: (keyId) => void forgotten.add(keyId),
    hasKnown: (token) => verified.peek(token, { allowStale: true }) !== undefined,
    async identify(token) {
      const known = recall(token);
      if (known !== undefined) return known;
      // Trusted from the question on, not from the answer: a slow engine must not lengthen the life of a revoked key.
      const start = performance.now();
      const found = await verify(keys, token);
      if (found !== undefined) verified.set(token, found, { start });
      return goodOne(found);
    },
  };
};

interface Verified {
  readonly identity: Identity;
  readonly record: ApiKeyRecord;
}

const verify = async (keys: Pick<ApiKeyStore, 'find'>, token: string): Promise<Verified | undefined> => {
  const parts = parseApiKey(token);
  const found = parts && (await keys.find(parts.id));
  if (parts === undefined || found === undefined || found.record.revoked !== null) return undefined;
  if (!timingSafeEqual(found.secretHash, hashSecret(parts.secret))) return undefined;
  const { id, role, actorId } = found.record;
  return { identity: { keyId: id, role, actorId }, record: found.record };
};
