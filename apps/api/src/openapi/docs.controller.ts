import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Problem } from '#platform';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { openApiDocument } from './openapi-document.js';

const require = createRequire(import.meta.url);
/** Swagger UI as npm installed it: the page works without any other network. */
const assetFolder = path.dirname(require.resolve('swagger-ui-dist/package.json'));
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Addresses are relative, as a proxy may put a path before ours. */
const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Letopis API</title>
<link rel="icon" href="docs/favicon-32x32.png"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>`;
const start =
  "SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui', deepLinking: true, persistAuthorization: false, docExpansion: 'none', tryItOutEnabled: true });";

/** Open: a browser cannot send a key with an address typed in, and the pages tell of the API and of no customer. */
@Controller()
export class DocsController {
  private document: string | undefined;

  constructor(@Inject(API_SERVICES) private readonly services: Pick<ApiServices, 'configuration'>) {}

  @Get('/openapi.json')
  @RouteConfig({ access: { open: true } })
  openApi(@Res() reply: FastifyReply): void {
    this.document ??= JSON.stringify(openApiDocument(this.services.configuration.publicUrl));
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache').send(this.document);
  }

  @Get('/')
  @RouteConfig({ access: { open: true } })
  root(@Res() reply: FastifyReply): void {
    reply.redirect('docs', 303);
  }

  @Get('/docs')
  @RouteConfig({ access: { open: true } })
  docs(@Res() reply: FastifyReply): void {
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
      .send(page);
  }

  @Get('/docs/:file')
  @RouteConfig({ access: { open: true } })
  async asset(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    if (file === 'start.js') return void reply.header('content-type', 'text/javascript; charset=utf-8').send(start);
    const type = Object.hasOwn(assets, file) ? assets[file] : undefined;
    if (type === undefined) throw new Problem('not-found');
    const content = await readFile(path.join(assetFolder, file));
    reply.header('content-type', type).header('cache-control', 'public, max-age=86400').send(content);
  }
}
