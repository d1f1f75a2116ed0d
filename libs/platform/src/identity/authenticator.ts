import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { hashSecret, parseApiKey } from './api-key.js';
import type { Identity } from './identity.js';
import type { ApiKeyRecord, ApiKeyStore } from './key-store.js';
import { looksLikeToken, type VerifyToken } from './oidc/token-verifier.js';

/** How long a verified key is trusted without another look; a revocation takes effect within it. */
const TRUSTED_MS = 500;
/** A token is verified again by the keys that its issuer has by then. */
const TOKEN_TRUSTED_MS = 60_000;
/** Of the tokens that are remembered. */
const MOST_CHARACTERS = 32_000_000;

export interface Authenticator {
  /** The identity behind a token that was verified a moment ago; of any other, undefined. Costs no promise: nearly every request ends here. */
  recall(token: string): Identity | undefined;
  /** Whether the token was ever good, as far as is remembered: it may have been revoked since. */
  hasKnown(token: string): boolean;
  /** The key was revoked: from now on it is rejected here. */
  forget(keyId: string): void;
  /**
   * The identity behind a token, or undefined where the key is malformed, unknown, revoked or not good any more.
   * @throws Problem `not-authenticated` saying what is wrong with the token of an issuer
   * @throws KeyStoreUnavailable, Problem `token-keys-unavailable`: nobody is let in, and nobody turned away for good, on the word of an engine
   *   that does not answer
   */
  identify(token: string): Promise<Identity | undefined>;
}

/** What a key or a token says, as far as it may stop being good. */
export type Credential = Pick<ApiKeyRecord, 'role' | 'actorId' | 'created'> & { readonly teamUnstated?: boolean };

export interface AuthenticatorOptions {
  /** Whether a key that is not revoked, or a token that has not expired, may be used; asked at every request. */
  readonly isGood?: (credential: Credential) => boolean;
  /** Absent: no tokens are accepted but API keys. */
  readonly verifyToken?: VerifyToken | undefined;
}

export const createAuthenticator = (
  keys: Pick<ApiKeyStore, 'find'>,
  { isGood = () => true, verifyToken }: AuthenticatorOptions = {},
): Authenticator => {
  const verified = new LRUCache<string, Verified>({
    max: 10_000,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
    ttl: TRUSTED_MS,
    ttlResolution: 50,
    noDeleteOnStaleGet: true,
  });
  // Besides what is remembered: an answer of the store that is under way may be of before.
  const forgotten = new Set<string>();
  const goodOne = (found: Verified | undefined) =>
    found !== undefined && !forgotten.has(found.identity.keyId) && isGood(found.credential) ? found.identity : undefined;
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
      const isToken = verifyToken !== undefined && looksLikeToken(token);
      const found = isToken ? await verifiedToken(verifyToken, token) : await verifiedKey(keys, token);
      if (found !== undefined) verified.set(token, found, { start, ttl: found.trustedMs });
      return goodOne(found);
    },
  };
};

interface Verified {
  readonly identity: Identity;
  readonly credential: Credential;
  readonly trustedMs: number;
}

const verifiedKey = async (keys: Pick<ApiKeyStore, 'find'>, token: string): Promise<Verified | undefined> => {
  const parts = parseApiKey(token);
  const found = parts && (await keys.find(parts.id));
  if (parts === undefined || found === undefined || found.record.revoked !== null) return undefined;
  if (!timingSafeEqual(found.secretHash, hashSecret(parts.secret))) return undefined;
  const { id, role, actorId, team } = found.record;
  const identity = { keyId: id, role, actorId, ...(team !== undefined && { team }) };
  return { identity, credential: found.record, trustedMs: TRUSTED_MS };
};

const verifiedToken = async (verifyToken: VerifyToken, token: string): Promise<Verified> => {
  const { identity, created, untilMs, teamUnstated } = await verifyToken(token);
  // At least 1, as 0 would be for ever.
  const trustedMs = Math.max(1, Math.min(TOKEN_TRUSTED_MS, untilMs - Date.now()));
  return { identity, credential: { ...identity, created, teamUnstated }, trustedMs };
};
