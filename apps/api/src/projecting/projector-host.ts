import { Worker } from 'node:worker_threads';
import type { Logger } from '#platform';
import type { ProjectorWorkerData, ToWorker } from './projector-messages.js';

export type ProjectorState = 'off' | 'starting' | 'running' | 'restarting' | 'stopped';

/** Keeps a projector at work. */
export interface ProjectorHost {
  state(): ProjectorState;
  /** Lets it finish the batch that it is in. */
  stop(): Promise<void>;
}

export const noProjector: ProjectorHost = { state: () => 'off', stop: async () => undefined };

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** One that ran for so long had begun well, so the next pause is the first again. */
const BEGAN_WELL_MS = 30_000;
const PATIENCE_MS = 15_000;

/** In a thread of its own, so that folding never keeps a request waiting; begun anew, with growing pauses, whenever it dies. */
export const startProjectorThread = ({ eventLogUrl, readModelsUrl, logLevel }: ProjectorWorkerData, logger: Logger): ProjectorHost => {
  let state: ProjectorState = 'starting';
  let worker: Worker;
  let pause = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;

  const begin = (): void => {
    const startedAt = performance.now();
    worker = new Worker(workerUrl(), { workerData: { eventLogUrl, readModelsUrl, logLevel } satisfies ProjectorWorkerData });
    worker.on('message', (message: unknown) => {
      if (message === 'running' && state !== 'stopped') state = 'running';
    });
    worker.on('error', (error) => logger.error({ err: error }, 'the projector failed'));
    worker.once('exit', (code) => {
      if (state === 'stopped') return;
      state = 'restarting';
      if (performance.now() - startedAt > BEGAN_WELL_MS) pause = FIRST_PAUSE_MS;
      logger.error({ exitCode: code, nextTryInMs: pause }, 'the projector ended and is begun anew');
      timer = setTimeout(begin, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    });
  };
  begin();

  return {
    state: () => state,
    async stop() {
      const before = state;
      state = 'stopped';
      clearTimeout(timer);
      if (before === 'restarting' || before === 'stopped') return;
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.postMessage('stop' satisfies ToWorker);
      const late = setTimeout(() => {
        logger.error('the projector does not end and is cut off; its checkpoint stands');
        void worker.terminate();
      }, PATIENCE_MS);
      await ended;
      clearTimeout(late);
    },
  };
};

/** A thread starts from what the build wrote, also where these lines run from their source (Jest). */
const workerUrl = (): URL => {
  const here = import.meta.url;
  const built = here.endsWith('.ts') ? here.replace(/\/apps\/(?!.*\/apps\/)/, '/dist/apps/') : here;
  return new URL('../projector.worker.js', built);
};
