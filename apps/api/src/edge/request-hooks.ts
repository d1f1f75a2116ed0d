import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Authenticator, type Identity, type Logger, type Metrics, Problem, type RateLimit } from '#platform';
import type { Access } from './access.js';

type RolesAccess = Extract<Access, { readonly roles: unknown }>;

export interface RequestHookOptions {
  readonly authenticator: Authenticator;
  /** Where other processes write the log too: resolves when what they had appended is known. */
  readonly fresh?: () => Promise<void>;
  /** Of keys. */
  readonly rateLimit: RateLimit;
  /** Of remote addresses, as long as no good key comes from there. */
  readonly addressRateLimit: RateLimit;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is sent as JSON or text is never to be taken for a page or a script. */
export const NOSNIFF = ['x-content-type-options', 'nosniff'] as const;

/**
 * Identity, roles and rate are settled before a body is read, so a stranger costs no parsing. Addresses that do not exist want an
 * identity like any other: a stranger cannot tell them apart.
 */
export const addRequestHooks = (
  fastify: FastifyInstance,
  { authenticator, fresh, rateLimit, addressRateLimit, logger, metrics }: RequestHookOptions,
): void => {
  fastify.decorateRequest('identity', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header(...NOSNIFF);
    const access: Access | undefined = request.routeOptions.config.access;
    if (access !== undefined && 'open' in access) return done(limited(addressRateLimit.take(addressOf(request), Date.now())));
    const token = bearer(request);
    const known = authenticator.recall(token);
    const untilFresh = fresh && needsFresh(request.method, known) ? fresh : undefined;
    if (known !== undefined && untilFresh === undefined) return done(admit(request, known, access));
    // Not looked up, so that the engine of the keys is not kept busy; a key that was good is, whatever others send from the same address.
    const rejected = authenticator.hasKnown(token) ? undefined : limited(addressRateLimit.wait(addressOf(request), Date.now()));
    if (rejected !== undefined) return done(rejected);
    const identified = untilFresh ? untilFresh().then(() => authenticator.identify(token)) : authenticator.identify(token);
    identified.then(
      (identity) => done(identity === undefined ? stranger(request) : admit(request, identity, access)),
      (error) => done(error instanceof Problem && error.code === 'not-authenticated' ? stranger(request, error) : error),
    );
  });
  const stranger = (request: FastifyRequest, problem = new Problem('not-authenticated')): Problem =>
    limited(addressRateLimit.take(addressOf(request), Date.now())) ?? problem;
  /** Why the request is rejected, if it is. */
  const admit = (request: FastifyRequest, identity: Identity, access: RolesAccess | undefined): Problem | undefined => {
    request.identity = identity;
    const wait = limited(rateLimit.take(identity.keyId, Date.now()));
    if (wait !== undefined) return wait;
    if (access === undefined) return undefined;
    if (!access.roles.includes(identity.role)) return new Problem('not-allowed', `Allowed roles: ${access.roles.join(', ')}.`);
    if (access.allTeams && identity.team !== undefined)
      return new Problem('not-allowed', 'The operation covers customers of all teams; the key is limited to one team.');
    return undefined;
  };
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.httpAnswered(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
    logger.info(line(request, reply, route), 'answered');
    done();
  });
};

/**
 * What is read, and whatever a curator asks for, who may have left, or a supervisor of a team, which may have changed: not by what this process knew a moment ago. Commands of others are decided on the
 * revision that they expect, and what rejects them is looked at again there.
 */
const needsFresh = (method: string, known: Identity | undefined): boolean =>
  known === undefined || known.role === 'curator' || known.team !== undefined || /^(GET|HEAD)$/.test(method);

const limited = (waitMs: number): Problem | undefined =>
  waitMs > 0 ? new Problem('rate-limited', undefined, {}, Math.ceil(waitMs / 1000)) : undefined;

/** Of IPv6 the network, as whoever has one address of it has all. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => {
  if (!ip.includes(':') || ip.includes('.')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = ip.includes('::') ? Math.max(0, 8 - groups.length - after.length) : 0;
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
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
  return given !== undefined && /^bearer /i.test(given) ? given.slice(7) : '';
};
