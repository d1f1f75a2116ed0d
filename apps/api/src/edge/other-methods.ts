import type { FastifyInstance } from 'fastify';
import { Problem } from '#platform';

const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Known = readonly (readonly [url: string, methods: readonly string[]])[];
const allowed = (methods: readonly string[]): string => [...methods, 'OPTIONS'].join(', ');

/** Answers 405 where an address is known and the method is not. Who asks is settled before, as everywhere. */
export const rejectOtherMethods = (server: FastifyInstance, known: Known): void => {
  for (const [url, methods] of known) {
    const others = all.filter((method) => !methods.includes(method));
    server.route({
      method: others,
      url,
      onRequest(_request, reply, done) {
        reply.header('allow', allowed(methods));
        done(new Problem('method-not-allowed', `${url} knows ${methods.join(', ')}.`));
      },
      handler: () => undefined,
    });
  }
};

/** What a page of another origin may send; `authorization` is named because `*` does not stand for it. */
const REQUEST_HEADERS = [
  ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
  ...['last-event-id', 'letopis-actor', 'letopis-reason', 'letopis-source', 'min-position'],
].join(', ');
const PREFLIGHT_SECONDS = '600';

/** Which methods an address knows, to everyone: a browser asks for that without the key. */
export const answerOptions = (server: FastifyInstance, known: Known, forOtherOrigins: boolean): void => {
  for (const [url, methods] of known)
    server.route({
      method: 'OPTIONS',
      url,
      config: { access: { open: true } },
      handler(_request, reply) {
        reply.code(204).header('allow', allowed(methods));
        if (forOtherOrigins)
          reply
            .header('access-control-allow-methods', methods.join(', '))
            .header('access-control-allow-headers', REQUEST_HEADERS)
            .header('access-control-max-age', PREFLIGHT_SECONDS);
        reply.send();
      },
    });
};
