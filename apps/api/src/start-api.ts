import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Configuration, createLogger, flushLogger, type Logger, readConfiguration } from '#platform';
import { type ApiServices, openServices } from './api-services.js';
import { resumeDepartures } from './commands/resume-departures.js';

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
   * Accepts nothing new, answers what is under way within 10 s, ends the live feeds, lets the projector finish its batch, closes the engines.
   * Whatever was acknowledged was durable before; calling it twice waits for the first.
   */
  close(): Promise<void>;
}

/** Leaves time for a request that is already on its way: its answer says that the connection closes. */
const SWEEP_EVERY_MS = 100;
/** Connections that are still open then are closed, whatever they wait for. */
const LONGEST_STOP_MS = 10_000;

const connectionsOf = (server: Server) => {
  const unused = new Set<Socket>();
  const forget = function (this: Socket) {
    unused.delete(this);
  };
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', forget);
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    // Not for as long as the connection lasts: while Node 24 has a second listener on `close` beside its own, every request of the connection
    // outlives the young collections (7.5 MB of 43 in each, under load).
    if (unused.delete(socket)) socket.removeListener('close', forget);
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  // Node does so the moment that it stops to listen, whatever is on its way; the sweep does it a little later.
  server.closeIdleConnections = () => undefined;
  return {
    /** Closes those that carry no request. Node takes those that never carried one, such as a browser opens in advance, for busy. */
    sweep() {
      closeIdle();
      for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
    },
    cut: () => server.closeAllConnections(),
  };
};

/** @throws ConfigurationError, EventLogUnavailable, ReadModelsUnavailable, KeyStoreUnavailable, and what `listen` fails with */
export const startApi = async (options: StartApiOptions = {}): Promise<RunningApi> => {
  const configuration = options.configuration ?? readConfiguration(process.env);
  const logger = options.logger ?? createLogger(configuration.logLevel);
  // What serves requests is loaded while the threads load what they need.
  const [services, { createApp }] = await Promise.all([openServices(configuration, logger), import('./create-app.js')]);
  try {
    const { app, server, routes, execute, beginStop } = await createApp(services);
    const connections = connectionsOf(server.server);
    await app.listen({ port: configuration.port, host: configuration.host });
    const { port } = server.server.address() as AddressInfo;
    const host = configuration.host.includes(':') ? `[${configuration.host}]` : configuration.host;
    const url = `http://${host}:${port}`;
    logger.info({ url }, 'listening');
    services.inbound.begin(execute);
    services.processes.begin(execute);
    services.accessLog.begin(execute);
    void resumeDepartures(services);
    let closing: Promise<void> | undefined;
    const close = async () => {
      logger.info('stopping');
      beginStop();
      // A connection that was busy when the stop began is idle after its answer, and would be waited for until it times out.
      const sweeping = setInterval(connections.sweep, SWEEP_EVERY_MS);
      const cutting = setTimeout(connections.cut, LONGEST_STOP_MS);
      await app.close().finally(() => {
        clearInterval(sweeping);
        clearTimeout(cutting);
      });
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
