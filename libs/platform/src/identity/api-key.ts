import { hash, randomBytes } from 'node:crypto';
import type { ApiKeyRecord, FoundApiKey, NewApiKey } from './key-store.js';

/** `letopis_<id>_<secret>`: the id may be shown and logged, the secret (256 random bits) is shown once, at its creation. */
export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

const pattern = /^letopis_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** What a store keeps of a new key, and its token, which it does not. */
export const newKey = ({ role, actorId, team, name, now }: NewApiKey): FoundApiKey & { readonly token: string } => {
  const parts = { id: randomBytes(8).toString('hex'), secret: randomBytes(32).toString('base64url') };
  const record: ApiKeyRecord = { id: parts.id, role, actorId, ...(team !== undefined && { team }), name, created: now, revoked: null };
  return { record, secretHash: hashSecret(parts.secret), token: formatApiKey(parts) };
};

export const formatApiKey = ({ id, secret }: ApiKeyParts): string => `letopis_${id}_${secret}`;

export const parseApiKey = (token: string): ApiKeyParts | undefined => {
  const match = pattern.exec(token);
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
};

/** A plain SHA-256 is enough at rest: 256 random bits cannot be guessed, whatever the hash costs. */
export const hashSecret = (secret: string): Buffer => hash('sha256', secret, 'buffer');
