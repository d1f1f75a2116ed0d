import type { EventLog } from '#event-log';
import { type Configuration, createLetopisProjector, type Logger } from '#platform';
import type { ReadModelStore } from '#read-models';
import { noThread, startThread, type ThreadHost } from '../threads/thread-host.js';
import type { ProjectorWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger: Logger;
}

/** Engines in memory can only be projected where they are; files are, in a thread or a process of its own. */
export const inOwnThread = ({ eventLogUrl, readModelsUrl }: Configuration): boolean =>
  !eventLogUrl.startsWith('memory:') && !readModelsUrl.startsWith('memory:');

export const startProjector = async ({ configuration, log, store, logger }: Parts): Promise<ThreadHost> => {
  if (configuration.projector === 'off') return noThread;
  if (inOwnThread(configuration)) {
    const { eventLogUrl, readModelsUrl, logLevel } = configuration;
    const workerData: ProjectorWorkerData = { eventLogUrl, readModelsUrl, logLevel };
    return startThread({ name: 'projector', program: 'projector.worker', workerData }, logger);
  }
  const letopis = createLetopisProjector({ log, store, logger });
  await letopis.start();
  let state: ReturnType<ThreadHost['state']> = 'running';
  return {
    state: () => state,
    async stop() {
      state = 'stopped';
      await letopis.stop();
    },
  };
};
