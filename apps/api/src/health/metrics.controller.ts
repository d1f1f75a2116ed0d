import { Controller, Get, Inject, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { overseers } from '../edge/access.js';

/** Wants an identity like everything else; Prometheus sends a bearer token of a service or auditor key. */
@Controller()
export class MetricsController {
  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  @Get('/metrics')
  @RouteConfig({ access: { roles: overseers } })
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    const { metrics } = this.services;
    const text = await metrics.render();
    reply.header('content-type', metrics.contentType).send(text);
  }
}
