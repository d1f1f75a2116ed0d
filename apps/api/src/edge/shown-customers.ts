import type { FastifyRequest } from 'fastify';
import { type Identity, Problem } from '#platform';
import { policyAt } from '#relationship';
import type { ApiServices } from '../api-services.js';

/**
 * Records that the answer shows these customers; to be awaited before they are sent.
 * @throws Problem `access-log-away` where policy wants it stored before
 */
export type Show = (customerIds: Iterable<string>) => Promise<void> | undefined;

export const REASON = '^[A-Za-z0-9_.:/#-]{1,100}$';

/**
 * Begins an answer that shows customers: every operation that does so begins with it, which a test over the OpenAPI document checks.
 * @param operation its id in the OpenAPI document
 * @throws Problem `reason-required`, `invalid-header`
 */
export const showing = (
  { accessLog, policies, clock }: Pick<ApiServices, 'accessLog' | 'policies' | 'clock'>,
  { identity, headers }: Pick<FastifyRequest, 'identity' | 'headers'>,
  operation: string,
): Show => {
  const { role, actorId, keyId } = identity as Identity;
  const { reasonRequiredOf = [], durableFor = [] } = policyAt(policies.current(), 'access-log', clock()).document;
  const reason = readReason(headers['letopis-reason']);
  if (reason === undefined && reasonRequiredOf.includes(role)) throw new Problem('reason-required');
  const durable = durableFor.includes(role);
  return (customerIds) => {
    const access = { at: clock(), role, actorId, keyId, operation, customerIds: [...new Set(customerIds)] };
    return accessLog.record({ ...access, ...(reason !== undefined && { reason }) }, durable);
  };
};

const readReason = (given: string | string[] | undefined): string | undefined => {
  if (given === undefined || (typeof given === 'string' && new RegExp(REASON).test(given))) return given;
  // Stored for good beside the ids of customers, so never a text about one.
  throw new Problem(
    'invalid-header',
    'Letopis-Reason must be a code or the number of a ticket: 1 to 100 letters, digits and _ . : / # -, sent once.',
  );
};
