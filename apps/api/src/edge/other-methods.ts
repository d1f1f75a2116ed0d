import type { FastifyInstance } from 'fastify';
import { Problem } from '#platform';

const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Answers 405 where an address is known and the method is not. Who asks is settled before, as everywhere. */
export const refuseOtherMethods = (
  server: FastifyInstance,
  known: readonly (readonly [url: string, methods: readonly string[]])[],
): void => {
  for (const [url, methods] of known) {
    const others = all.filter((method) => !methods.includes(method));
    server.route({
      method: others,
      url,
      onRequest(_request, reply, done) {
        reply.header('allow', methods.join(', '));
        done(new Problem('method-not-allowed', `${url} knows ${methods.join(', ')}.`));
      },
      handler: () => undefined,
    });
  }
};
