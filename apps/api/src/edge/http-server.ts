import { randomUUID } from 'node:crypto';
import { type FastifyInstance, fastify } from 'fastify';
import { Problem, parseJsonBody } from '#platform';
import type { ApiServices } from '../api-services.js';
import { sendProblem } from './problem.filter.js';
import { addRequestHooks } from './request-hooks.js';

/** The server beneath Nest: bodies as JSON of a bounded size, identity before everything, and no header that tells what it runs on. */
export const createHttpServer = (services: ApiServices): FastifyInstance => {
  const { configuration, logger } = services;
  const server = fastify({
    logger: false,
    bodyLimit: configuration.bodyLimit,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // What is sent over a connection that is still open when the server stops is answered like anything else; the connection ends with it.
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    // An id of 128 characters, as the router counts them: three where one stays encoded.
    routerOptions: { maxParamLength: 384 },
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply, logger),
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${MALFORMED.length}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${MALFORMED}`,
      );
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding !== 'identity') return done(new Problem('unsupported-media-type', 'Send the body as it is, without Content-Encoding.'));
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error instanceof Error ? error : new Problem('malformed-json'));
    }
  });
  addRequestHooks(server, services);
  return server;
};

const MALFORMED = JSON.stringify({ type: '/problems/malformed-request', title: 'The request cannot be understood', status: 400 });
