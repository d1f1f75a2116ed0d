import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Configuration, createLogger, flushLogger, type Logger, readConfiguration } from '#platform';
import { apiModule } from './api.module.js';
import { type ApiServices, openServices } from './api-services.js';
import { createHttpServer } from './edge/http-server.js';
import { nestLogger } from './edge/nest-logger.js';
import { ProblemFilter } from './edge/problem.filter.js';
import { OpenFeeds } from './feeds/open-feeds.js';

export interface StartApiOptions {
  /** From the environment when absent. */
  readonly configuration?: Configuration;
  /** JSON lines to standard output when absent. */
  readonly logger?: Logger;
}

export interface RunningApi {
  /** e.g. `http://127.0.0.1:3000` */
  readonly url: string;
  readonly port: number;
  readonly services: ApiServices;
  /** e.g. `POST /customers`, every one. */
  readonly routes: readonly string[];
  /**
   * Accepts nothing new, answers what is under way, ends the live feeds, lets the projector finish its batch, closes the engines.
   * Whatever was acknowledged was durable before; calling it twice waits for the first.
   */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 50;

/** Closes the connections that carry no request. Node takes those that never carried one, such as a browser opens in advance, for busy. */
const sweeperOf = (server: Server): (() => void) => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    server.closeIdleConnections();
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
};

/** @throws ConfigurationError, EventLogUnavailable, ReadModelsUnavailable, KeyStoreUnavailable, and what `listen` fails with */
export const startApi = async (options: StartApiOptions = {}): Promise<RunningApi> => {
  const configuration = options.configuration ?? readConfiguration(process.env);
  const logger = options.logger ?? createLogger(configuration.logLevel);
  const services = await openServices(configuration, logger);
  try {
    const server = createHttpServer(services);
    const routes: string[] = [];
    server.addHook('onRoute', ({ method, url }) => {
      if (method === 'GET' || method === 'POST') routes.push(`${method} ${url}`);
    });
    const app = await NestFactory.create<NestFastifyApplication>(apiModule(services), new FastifyAdapter(server), {
      logger: nestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    });
    app.useGlobalFilters(new ProblemFilter(logger));
    const sweep = sweeperOf(server.server);
    await app.listen({ port: configuration.port, host: configuration.host });
    const { port } = server.server.address() as AddressInfo;
    const host = configuration.host.includes(':') ? `[${configuration.host}]` : configuration.host;
    const url = `http://${host}:${port}`;
    logger.info({ url }, 'listening');
    let closing: Promise<void> | undefined;
    const close = async () => {
      logger.info('stopping');
      app.get(OpenFeeds).stop();
      // A connection that was busy when the stop began is idle after its answer, and would be waited for until it times out.
      const sweeping = setInterval(sweep, SWEEP_EVERY_MS);
      await app.close().finally(() => clearInterval(sweeping));
      await services.close();
      logger.info('stopped');
      if (options.logger === undefined) await flushLogger(logger);
    };
    return { url, port, services, routes, close: () => (closing ??= close()) };
  } catch (error) {
    await services.close();
    throw error;
  }
};
