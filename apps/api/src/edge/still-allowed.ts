import type { FastifyRequest } from 'fastify';
import { type Authenticator, Problem } from '#platform';
import { bearer } from './request-hooks.js';

/** Whether the key or token of a request that stays open is still good; rejects where nobody can tell. */
export const stillAllowed = (
  { authenticator, fresh }: { readonly authenticator: Authenticator; readonly fresh?: () => Promise<void> },
  request: FastifyRequest,
): (() => Promise<boolean>) => {
  const token = bearer(request);
  return async () => {
    await fresh?.();
    return authenticator.identify(token).then(
      (identity) => identity !== undefined,
      (error) => {
        if (error instanceof Problem && error.code === 'not-authenticated') return false;
        throw error;
      },
    );
  };
};
