import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '#platform';
import { bearer } from './request-hooks.js';

/** Whether the key of a request that stays open is still good; rejects where nobody can tell. */
export const stillAllowed = (
  { authenticator, fresh }: { readonly authenticator: Authenticator; readonly fresh?: () => Promise<void> },
  request: FastifyRequest,
): (() => Promise<boolean>) => {
  const token = bearer(request);
  return async () => {
    await fresh?.();
    return (await authenticator.identify(token)) !== undefined;
  };
};
