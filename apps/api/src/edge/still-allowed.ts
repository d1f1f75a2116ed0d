import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '#platform';
import { bearer } from './request-hooks.js';

/** Whether the key of a request that stays open is still good; rejects with KeyStoreUnavailable where nobody can tell. */
export const stillAllowed = (
  { authenticator }: { readonly authenticator: Authenticator },
  request: FastifyRequest,
): (() => Promise<boolean>) => {
  const token = bearer(request);
  return async () => (await authenticator.identify(token)) !== undefined;
};
