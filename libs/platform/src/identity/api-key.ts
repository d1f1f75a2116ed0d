import { hash, randomBytes } from 'node:crypto';

/** `letopis_<id>_<secret>`: the id may be shown and logged, the secret (256 random bits) is shown once, at its creation. */
export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

const pattern = /^letopis_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

export const newApiKey = (): ApiKeyParts => ({ id: randomBytes(8).toString('hex'), secret: randomBytes(32).toString('base64url') });

export const formatApiKey = ({ id, secret }: ApiKeyParts): string => `letopis_${id}_${secret}`;

export const parseApiKey = (token: string): ApiKeyParts | undefined => {
  const match = pattern.exec(token);
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
};

/** A plain SHA-256 is enough at rest: 256 random bits cannot be guessed, whatever the hash costs. */
export const hashSecret = (secret: string): Buffer => hash('sha256', secret, 'buffer');
