import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { importHashKey, Problem } from '#platform';
import { importSource, isIdOf } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { importers } from '../edge/access.js';
import { rejectUnknownQuery } from '../edge/query.js';

/** For those who import through this server: the secret that the key is derived from does not leave it. */
@Controller('/import-sources')
export class ImportHashKeyController {
  constructor(@Inject(API_SERVICES) private readonly services: Pick<ApiServices, 'subjectKeys'>) {}

  @Get(':importSourceId/hash-key')
  @RouteConfig({ access: { roles: importers } })
  async key(
    @Param('importSourceId') importSourceId: string,
    @Query() query: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    rejectUnknownQuery(query);
    if (!isIdOf(importSource, importSourceId)) throw new Problem('not-found');
    reply.header('cache-control', 'no-store');
    return { key: await importHashKey(this.services.subjectKeys, importSourceId) };
  }
}
