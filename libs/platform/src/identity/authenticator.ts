import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { hashSecret, parseApiKey } from './api-key.js';
import type { Identity } from './identity.js';
import type { ApiKeyStore } from './key-store.js';

/** How long a verified key is trusted without another look; a revocation takes effect within it. */
const TRUSTED_MS = 500;

/** The identity behind a token, or undefined where the key is malformed, unknown or revoked. */
export type Authenticator = (token: string) => Identity | undefined;

export const createAuthenticator = (keys: Pick<ApiKeyStore, 'find'>): Authenticator => {
  const verified = new LRUCache<string, Identity>({ max: 10_000, ttl: TRUSTED_MS, ttlResolution: 50 });
  return (token) => {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const identity = verify(keys, token);
    if (identity !== undefined) verified.set(token, identity);
    return identity;
  };
};

const verify = (keys: Pick<ApiKeyStore, 'find'>, token: string): Identity | undefined => {
  const parts = parseApiKey(token);
  const found = parts && keys.find(parts.id);
  if (parts === undefined || found === undefined || found.record.revoked !== null) return undefined;
  if (!timingSafeEqual(found.secretHash, hashSecret(parts.secret))) return undefined;
  const { id, role, actorId } = found.record;
  return { keyId: id, role, actorId };
};
