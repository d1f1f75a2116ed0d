import { randomUUID } from 'node:crypto';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { type FastifyInstance, fastify } from 'fastify';
import { Problem, parseJsonBody } from '#platform';
import type { ApiServices } from '../api-services.js';
import { sendProblem } from './problem.filter.js';
import { addRequestHooks } from './request-hooks.js';

/** What web pages of other origins may read of an answer, beside its body. */
const EXPOSED = ['ETag', 'Link', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];

/** The server beneath Nest: bodies as JSON of a bounded size, identity before everything, and no header that tells what it runs on. */
export const createHttpServer = async (services: ApiServices): Promise<FastifyInstance> => {
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
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, logger),
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
    if (encoding !== 'identity')
      return done(new Problem('unsupported-media-type', 'Send the body uncompressed, without Content-Encoding.'));
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error instanceof Error ? error : new Problem('malformed-json'));
    }
  });
  const { corsOrigins } = configuration;
  // First, so that a rejection too may be read by the page that asked. What a preflight is answered with is in `answerOptions`.
  if (corsOrigins.length > 0)
    await server.register(cors, { origin: corsOrigins.includes('*') ? '*' : [...corsOrigins], exposedHeaders: EXPOSED, preflight: false });
  // Answers alone, and no live feeds: a body that comes compressed is rejected.
  await server.register(compress, {
    globalDecompression: false,
    encodings: ['zstd', 'br', 'gzip'],
    // The default of brotli is for files that are compressed once.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  });
  addRequestHooks(server, services);
  return server;
};

const MALFORMED = JSON.stringify({ type: '/problems/malformed-request', title: 'Malformed request', status: 400 });
