import type { EventLog } from '#event-log';
import { type Configuration, createLetopisProjector, type Logger } from '#platform';
import type { ReadModelStore } from '#read-models';
import { noProjector, type ProjectorHost, startProjectorThread } from './projector-host.js';

interface Parts {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger: Logger;
}

/** Engines in memory can only be projected where they are; files are, in a thread or a process of its own. */
export const inOwnThread = ({ eventLogUrl, readModelsUrl }: Configuration): boolean =>
  !eventLogUrl.startsWith('memory:') && !readModelsUrl.startsWith('memory:');

export const startProjector = async ({ configuration, log, store, logger }: Parts): Promise<ProjectorHost> => {
  if (configuration.projector === 'off') return noProjector;
  if (inOwnThread(configuration)) return startProjectorThread(configuration, logger);
  const letopis = createLetopisProjector({ log, store, logger });
  await letopis.start();
  let state: ReturnType<ProjectorHost['state']> = 'running';
  return {
    state: () => state,
    async stop() {
      state = 'stopped';
      await letopis.stop();
    },
  };
};
