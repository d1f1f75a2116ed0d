import type { EventLog, EventRegistry } from '#event-log';
import type { Configuration, Logger } from '#platform';
import { createRelay } from '#platform';
import { noThread, startThread, type ThreadHost, type ThreadState } from '../threads/thread-host.js';
import type { RelayWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly registry: EventRegistry;
  readonly logger: Logger;
}

/** What is published goes from a thread of its own; from here where the log is in memory and can be read nowhere else. */
export const startRelay = async ({ configuration, log, registry, logger }: Parts): Promise<ThreadHost> => {
  const { eventLogUrl, logLevel, kafka } = configuration;
  if (!kafka || kafka.relay === 'off') return noThread;
  if (!eventLogUrl.startsWith('memory:')) {
    const workerData: RelayWorkerData = { eventLogUrl, logLevel, kafka };
    return startThread({ name: 'relay', program: 'relay.worker', workerData }, logger);
  }
  const stopping = new AbortController();
  let state: ThreadState = 'starting';
  const ended = createRelay({
    kafka,
    log,
    registry,
    logger,
    signal: stopping.signal,
    onProgress: () => {
      state = 'running';
    },
    onInterrupted: () => {
      state = 'restarting';
    },
  })
    .catch((error) => logger.error({ err: error }, 'the relay has stopped'))
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
