import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { apiModule } from './api.module.js';
import type { ApiServices } from './api-services.js';
import { createHttpServer } from './edge/http-server.js';
import { nestLogger } from './edge/nest-logger.js';
import { ProblemFilter } from './edge/problem.filter.js';
import { OpenFeeds } from './feeds/open-feeds.js';

export interface CreatedApp {
  readonly app: NestFastifyApplication;
  readonly server: FastifyInstance;
  /** e.g. `POST /customers`; complete once it listens. */
  readonly routes: readonly string[];
  endFeeds(): void;
}

export const createApp = async (services: ApiServices): Promise<CreatedApp> => {
  const server = createHttpServer(services);
  const routes: string[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET' || method === 'POST') routes.push(`${method} ${url}`);
  });
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(services), new FastifyAdapter(server), {
    logger: nestLogger(services.logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(services.logger));
  return { app, server, routes, endFeeds: () => app.get(OpenFeeds).stop() };
};
