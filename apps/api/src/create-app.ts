import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { CommandService } from '#platform';
import { apiModule } from './api.module.js';
import type { ApiServices } from './api-services.js';
import { ExecuteCommand } from './commands/execute-command.js';
import { createHttpServer } from './edge/http-server.js';
import { nestLogger } from './edge/nest-logger.js';
import { answerOptions, rejectOtherMethods } from './edge/other-methods.js';
import { ProblemFilter } from './edge/problem.filter.js';
import { OpenFeeds } from './feeds/open-feeds.js';

export interface CreatedApp {
  readonly app: NestFastifyApplication;
  readonly server: FastifyInstance;
  /** e.g. `POST /customers`. */
  readonly routes: readonly string[];
  /** Dispatches a command that came otherwise than by a request. */
  readonly execute: CommandService['execute'];
  /** From now on every answer is the last one of its connection, and the live feeds end. */
  beginStop(): void;
}

export const createApp = async (services: ApiServices): Promise<CreatedApp> => {
  const server = await createHttpServer(services);
  const methods = new Map<string, readonly string[]>();
  server.addHook('onRoute', ({ method, url }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()]);
  });
  let stopping = false;
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) reply.header('connection', 'close');
    done(null, payload);
  });
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(services), new FastifyAdapter(server), {
    logger: nestLogger(services.logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(services.logger, services.lostKeys.met));
  await app.init();
  const known = [...methods];
  const routes = known.flatMap(([url, of]) => of.filter((method) => method !== 'HEAD').map((method) => `${method} ${url}`));
  rejectOtherMethods(server, known);
  answerOptions(server, known, services.configuration.corsOrigins.length > 0);
  const beginStop = () => {
    stopping = true;
    app.get(OpenFeeds).stop();
  };
  const bus = app.get(CommandBus);
  return { app, server, routes, execute: (request) => bus.execute(new ExecuteCommand(request)), beginStop };
};
