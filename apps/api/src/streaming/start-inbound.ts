import { type CommandService, type Configuration, createInbound, type Logger, type Metrics } from '#platform';
import type { SettledOutcome } from '#streaming';
import { noThread, startHere, type ThreadHost } from '../threads/thread-host.js';
import { createMessageAcceptor } from './accept-message.js';

interface Parts {
  readonly configuration: Configuration;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface InboundHost extends ThreadHost {
  /** Once, when requests are served. */
  begin(execute: CommandService['execute']): void;
}

/** Contacts that others send over Kafka become commands here, where the commands over HTTP are decided too: one process decides. */
export const createInboundHost = ({ configuration, metrics, logger }: Parts): InboundHost => {
  const { kafka, bodyLimit } = configuration;
  if (!kafka || kafka.inbound === 'off') return { ...noThread, begin: () => undefined };
  let host: ThreadHost = { ...noThread, state: () => 'starting' };
  const onSettled = ({ kind }: SettledOutcome) => metrics.inboundSettled(kind);
  return {
    begin(execute) {
      const accept = createMessageAcceptor({ execute, logger, bodyLimit });
      host = startHere('inbound', (signal, onState) => createInbound({ kafka, logger, signal, accept, onSettled, onState }), logger);
    },
    state: () => host.state(),
    stalledBy: () => host.stalledBy(),
    stop: () => host.stop(),
  };
};
