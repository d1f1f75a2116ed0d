import { type CommandService, type Configuration, createInbound, type Logger, type Metrics } from '#platform';
import { noThread, type ThreadHost, type ThreadState } from '../threads/thread-host.js';
import { createMessageAcceptor } from './accept-message.js';

interface Parts {
  readonly configuration: Configuration;
  readonly commands: CommandService;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Contacts that others send over Kafka become commands here, where the commands over HTTP are decided too: one process decides. */
export const startInbound = ({ configuration, commands, metrics, logger }: Parts): ThreadHost => {
  const { kafka, bodyLimit } = configuration;
  if (!kafka || kafka.inbound === 'off') return noThread;
  let state: ThreadState = 'starting';
  const stopping = new AbortController();
  const ended = createInbound({
    kafka,
    logger,
    signal: stopping.signal,
    accept: createMessageAcceptor({ commands, metrics, logger, bodyLimit }),
    onSettled: ({ kind }) => metrics.inboundSettled(kind),
    onState: (now) => {
      state = now;
    },
  })
    .catch((error) => logger.error({ err: error }, 'inbound has stopped'))
    .then(() => {
      state = 'stopped';
    });
  return {
    state: () => state,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
};
