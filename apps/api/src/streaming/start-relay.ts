import type { Configuration, Logger } from '#platform';
import { noThread, programOf, startThread, type ThreadHost } from '../threads/thread-host.js';
import type { RelayWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly logger: Logger;
}

/** What is published goes from a thread of its own. */
export const startRelay = ({ configuration, logger }: Parts): ThreadHost => {
  const { eventLogUrl, logLevel, kafka } = configuration;
  if (!kafka || kafka.relay === 'off') return noThread;
  const workerData: RelayWorkerData = { eventLogUrl, logLevel, kafka };
  return startThread({ name: 'relay', program: programOf('relay.worker'), workerData }, logger);
};
