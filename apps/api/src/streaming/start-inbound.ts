import { type CommandService, type Configuration, createInbound, type Logger, type Metrics } from '#platform';
import type { SettledOutcome } from '#streaming';
import { noThread, startHere, type ThreadHost } from '../threads/thread-host.js';
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
  const accept = createMessageAcceptor({ commands, metrics, logger, bodyLimit });
  const onSettled = ({ kind }: SettledOutcome) => metrics.inboundSettled(kind);
  return startHere('inbound', (signal, onState) => createInbound({ kafka, logger, signal, accept, onSettled, onState }), logger);
};
