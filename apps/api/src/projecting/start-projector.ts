import type { EventLog } from '#event-log';
import { type Configuration, createLetopisProjector, type Logger, Problem } from '#platform';
import type { ReadModelStore } from '#read-models';
import { noThread, programOf, startThread, ThreadAway, type ThreadHost } from '../threads/thread-host.js';
import type { ProjectorTold, ProjectorWorkerData } from '../threads/thread-messages.js';
import { createOperator, type Operate, type ViewState } from './operator.js';

interface Parts {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger: Logger;
}

/** Engines in memory can only be projected where they are; files are, in a thread or a process of its own. */
export const inOwnThread = ({ eventLogUrl, readModelsUrl }: Configuration): boolean =>
  !eventLogUrl.startsWith('memory:') && !readModelsUrl.startsWith('memory:');

export interface ProjectorHost extends ThreadHost {
  /** @throws Problem also `projector-elsewhere`, `projector-away` */
  readonly operate: Operate;
  /** Name of the error that holds up all views, if one does; it goes on by itself or is put right by an operator. */
  stalledBy(): string | undefined;
}

export const startProjector = async ({ configuration, log, store, logger }: Parts): Promise<ProjectorHost> => {
  let stalled: string | undefined;
  const stalledBy = () => stalled;
  const onStalled = (error: string | undefined) => {
    stalled = error;
  };
  if (configuration.projector === 'off')
    return { ...noThread, stalledBy, operate: () => Promise.reject(new Problem('projector-elsewhere')) };
  if (inOwnThread(configuration)) {
    const { eventLogUrl, readModelsUrl, logLevel } = configuration;
    const workerData: ProjectorWorkerData = { eventLogUrl, readModelsUrl, logLevel };
    const onTold = (told: unknown) => onStalled((told as ProjectorTold).stalledBy);
    const thread = startThread({ name: 'projector', program: programOf('projector.worker'), workerData, onTold }, logger);
    return { ...thread, stalledBy, operate: (request) => thread.ask(request).catch(asProblem) as Promise<readonly ViewState[]> };
  }
  const letopis = createLetopisProjector({ log, store, logger, onStalled });
  await letopis.start();
  let state: ReturnType<ThreadHost['state']> = 'running';
  return {
    state: () => state,
    stalledBy,
    operate: createOperator(letopis),
    async stop() {
      state = 'stopped';
      await letopis.stop();
    },
  };
};

const RETRY_AFTER_SECONDS = 1;

const asProblem = (failure: unknown): never => {
  if (failure instanceof ThreadAway) throw new Problem('projector-away', undefined, {}, RETRY_AFTER_SECONDS);
  throw failure;
};
