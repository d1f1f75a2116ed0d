import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '#platform';
import { bearer } from './request-hooks.js';

/** Whether the key of a request that stays open is still good. */
export const stillAllowed = ({ authenticate }: { readonly authenticate: Authenticator }, request: FastifyRequest): (() => boolean) => {
  const token = bearer(request);
  return () => authenticate(token) !== undefined;
};
