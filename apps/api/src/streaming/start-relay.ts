import type { EventLog } from '#event-log';
import type { Configuration, Logger } from '#platform';
import { createRelay } from '#platform';
import { noThread, programOf, startHere, startThread, type ThreadHost } from '../threads/thread-host.js';
import type { RelayWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly logger: Logger;
}

/** What is published goes from a thread of its own; from here where the log is in memory and can be read nowhere else. */
export const startRelay = async ({ configuration, log, logger }: Parts): Promise<ThreadHost> => {
  const { eventLogUrl, logLevel, kafka } = configuration;
  if (!kafka || kafka.relay === 'off') return noThread;
  if (!eventLogUrl.startsWith('memory:')) {
    const workerData: RelayWorkerData = { eventLogUrl, logLevel, kafka };
    return startThread({ name: 'relay', program: programOf('relay.worker'), workerData }, logger);
  }
  return startHere(
    'relay',
    (signal, tell) =>
      createRelay({
        kafka,
        log,
        logger,
        signal,
        onProgress: () => tell('running'),
        onInterrupted: () => tell('restarting'),
      }),
    logger,
  );
};
