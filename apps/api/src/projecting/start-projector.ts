import { type Configuration, type Logger, Problem } from '#platform';
import { noThread, programOf, startThread, ThreadAway, type ThreadHost } from '../threads/thread-host.js';
import type { ProjectorReport, ProjectorWorkerData } from '../threads/thread-messages.js';
import type { Operate, ViewState } from './operator.js';

interface Parts {
  readonly configuration: Configuration;
  readonly logger: Logger;
}

export interface ProjectorHost extends ThreadHost {
  /** @throws Problem also `projector-elsewhere`, `projector-away` */
  readonly operate: Operate;
  /** Name of the error that holds up all views, if one does; it recovers by itself or an operator repairs it. */
  stalledBy(): string | undefined;
}

/** In a thread of its own, or elsewhere. */
export const startProjector = ({ configuration, logger }: Parts): ProjectorHost => {
  let stalled: string | undefined;
  const stalledBy = () => stalled;
  if (configuration.projector === 'off')
    return { ...noThread, stalledBy, operate: () => Promise.reject(new Problem('projector-elsewhere')) };
  const { eventLogUrl, readModelsUrl, subjectKeys, logLevel } = configuration;
  const workerData: ProjectorWorkerData = { eventLogUrl, readModelsUrl, subjectKeys, logLevel };
  const onReport = (report: unknown) => {
    stalled = (report as ProjectorReport).stalledBy;
  };
  const thread = startThread({ name: 'projector', program: programOf('projector.worker'), workerData, onReport }, logger);
  return { ...thread, stalledBy, operate: (request) => thread.ask(request).catch(asProblem) as Promise<readonly ViewState[]> };
};

const RETRY_AFTER_SECONDS = 1;

const asProblem = (failure: unknown): never => {
  if (failure instanceof ThreadAway) throw new Problem('projector-away', undefined, {}, RETRY_AFTER_SECONDS);
  throw failure;
};
