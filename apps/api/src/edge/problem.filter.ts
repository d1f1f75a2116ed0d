import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, type ProblemDetails, problemOf } from '#platform';
import { bearer, NOSNIFF } from './request-hooks.js';

/** Everything that is thrown on the way of a request ends here, once. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly onProblem: (problem: ProblemDetails) => void,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    this.onProblem(sendProblem(error, request, reply, this.logger));
  }
}

/** @returns what was answered */
export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): ProblemDetails => {
  const { details, retryAfter, ours } = problemOf(error);
  if (ours) logger.error({ requestId: request.id, route: request.routeOptions?.url, err: error }, 'failed');
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return details;
  }
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (details.status === 401) reply.header('www-authenticate', challenge(request, details));
  reply
    .code(details.status)
    .header(...NOSNIFF)
    .header('content-type', 'application/problem+json; charset=utf-8');
  reply.send(JSON.stringify({ ...details, requestId: request.id }));
  return details;
};

/** RFC 6750, 3: what is wrong with the token, if one was sent. */
const challenge = (request: FastifyRequest, { detail = '' }: ProblemDetails): string => {
  if (bearer(request) === '') return 'Bearer realm="letopis"';
  return `Bearer realm="letopis", error="invalid_token", error_description="${detail.replace(/[^ !#-[\]-~]/g, "'")}"`;
};
