import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Authenticator, type Identity, type Logger, type Metrics, Problem, type RateLimit } from '#platform';
import type { Role } from '#relationship';
import type { Access } from './access.js';

export interface RequestHookOptions {
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Identity, roles and rate are settled before a body is read, so a stranger costs no parsing. Addresses that do not exist want an
 * identity like any other: a stranger cannot tell them apart.
 */
export const addRequestHooks = (fastify: FastifyInstance, { authenticator, rateLimit, logger, metrics }: RequestHookOptions): void => {
  fastify.decorateRequest('identity', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const access: Access | undefined = request.routeOptions.config.access;
    if (access !== undefined && 'open' in access) return done();
    const roles = access?.roles;
    const token = bearer(request);
    const known = authenticator.recall(token);
    if (known !== undefined) return done(admit(request, known, roles));
    authenticator.identify(token).then(
      (identity) => done(identity === undefined ? new Problem('not-authenticated') : admit(request, identity, roles)),
      (error) => done(error),
    );
  });
  /** What stands in the way of the request, if anything does. */
  const admit = (request: FastifyRequest, identity: Identity, roles: readonly Role[] | undefined): Problem | undefined => {
    request.identity = identity;
    const wait = rateLimit.take(identity.keyId, Date.now());
    if (wait > 0) return new Problem('rate-limited', undefined, {}, Math.ceil(wait / 1000));
    if (roles === undefined || roles.includes(identity.role)) return undefined;
    return new Problem('not-allowed', `This is for the roles ${roles.join(', ')}.`);
  };
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.httpAnswered(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
    logger.info(line(request, reply, route), 'answered');
    done();
  });
};

/** The template of the route, not its URL: that may hold an id, and its query anything. */
const line = (request: FastifyRequest, reply: FastifyReply, route: string) => ({
  requestId: request.id,
  method: request.method,
  route,
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime * 100) / 100,
  key: request.identity?.keyId,
});

export const bearer = (request: FastifyRequest): string => {
  const given = request.headers.authorization;
  return given !== undefined && given.length < 200 && /^bearer /i.test(given) ? given.slice(7) : '';
};
