import { builtModule, type NextTry, openThread, persistently, type Thread } from '#async';
import type { Logger } from '#platform';
import { failures } from './sent-error.js';
import type { ThreadNews } from './thread-messages.js';

/** `restarting`: it is started again after a pause, or waits for an engine that does not answer. */
export type ThreadState = 'off' | 'starting' | 'running' | 'restarting' | 'stopped';

/** Keeps something at work beside the requests. */
export interface ThreadHost {
  state(): ThreadState;
  /** Name of the error for which it restarts or waits. */
  stalledBy(): string | undefined;
  /** Lets it finish the batch that it is in. */
  stop(): Promise<void>;
}

export const noThread: ThreadHost = { state: () => 'off', stalledBy: () => undefined, stop: async () => undefined };

export interface AskedThread extends ThreadHost {
  /** Resolves when it runs for the first time. @throws CannotStart, and then it is not started again; or what it failed with at the first attempt */
  readonly started: Promise<void>;
  /** What the program answers. @throws ErrorElsewhere for what it failed with, or ThreadAway */
  ask(request: unknown): Promise<unknown>;
}

/** The thread is not running, or ended before it answered. */
export class ThreadAway extends Error {
  override readonly name = 'ThreadAway';
  constructor(
    message: string,
    /** It ended after it was asked, so what was asked for may have been done. */
    readonly asked: boolean,
  ) {
    super(message);
  }
}

/** What it needs cannot be had; the message says why, as the thread does. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
  constructor(
    message: string,
    /** Name of the error that the thread met. */
    readonly error?: string,
  ) {
    super(message);
  }
}

const PAUSES = { firstMs: 200, longestMs: 10_000 };
/** One that ran for so long had begun well, so the next pause is the first again. */
const BEGAN_WELL_MS = 30_000;
const PATIENCE_MS = 15_000;
/** Goes in one message. */
const ASKED_AT_ONCE = 16;

export interface ThreadProgram {
  /** As logs call it. */
  readonly name: string;
  /** What `programOf` answers. */
  readonly program: URL;
  readonly workerData: unknown;
  /** Takes what it tells beside its answers. */
  readonly onReport?: (report: unknown) => void;
  /** Answers what it asks. */
  readonly answer?: (request: unknown) => unknown;
}

/**
 * In a thread of its own, so that it never keeps a request waiting; restarted, with growing pauses, whenever it dies. One that ends with
 * code 0 has its reasons and is left alone.
 */
export const startThread = ({ name, program, workerData, onReport, answer }: ThreadProgram, logger: Logger): AskedThread => {
  let state: ThreadState = 'starting';
  let stalledBy: string | undefined;
  let thread: Thread | undefined;
  const stopping = new AbortController();
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => undefined);

  const hear = (news: ThreadNews): void => {
    if (news === 'running' || 'interrupted' in news) {
      stalledBy = news === 'running' ? undefined : news.interrupted;
      if (state !== 'stopped') state = news === 'running' ? 'running' : 'restarting';
      if (state === 'running') started.resolve();
    } else if ('cannotStart' in news) {
      // After the first start it keeps trying: what it needs was there once.
      if (state === 'starting') state = 'stopped';
      started.reject(new CannotStart(news.cannotStart, news.error));
    } else onReport?.(news.report);
  };

  /** From its beginning to its end. @throws unless it is to be left alone then */
  const live = async (gettingOn: () => void): Promise<void> => {
    const startedAt = performance.now();
    thread = openThread(program, {
      workerData,
      failures,
      askedAtOnce: ASKED_AT_ONCE,
      onNews: (news) => hear(news as ThreadNews),
      lost: () => new ThreadAway(`the ${name} ended`, true),
      ...(answer && { answer }),
    });
    const { code, error } = await thread.ended;
    thread = undefined;
    if (error) {
      logger.error({ err: error }, `the ${name} failed`);
      stalledBy = error.name;
      started.reject(error);
    }
    // Wrong credentials are as wrong the next time.
    if (error?.name === 'EventLogDenied') state = 'stopped';
    if (state === 'stopped') return;
    state = code === 0 ? 'stopped' : 'restarting';
    if (code === 0) return;
    if (performance.now() - startedAt > BEGAN_WELL_MS) gettingOn();
    throw new Error(`exit code ${code}`);
  };
  const failed = ({ message }: Error, { waitMs }: NextTry) =>
    logger.error({ reason: message, nextTryInMs: waitMs }, `the ${name} ended and is restarted`);
  persistently(live, stopping.signal, (error, next) => failed(error as Error, next), PAUSES).catch(() => undefined);

  return {
    started: started.promise,
    state: () => state,
    stalledBy: () => stalledBy,
    ask: (request) =>
      thread && state === 'running' ? thread.ask(request) : Promise.reject(new ThreadAway(`the ${name} is ${state}`, false)),
    async stop() {
      state = 'stopped';
      stopping.abort();
      const late = setTimeout(() => {
        logger.error(`the ${name} does not end and is terminated`);
        thread?.terminate();
      }, PATIENCE_MS);
      await thread?.stop();
      clearTimeout(late);
    },
  };
};

/** On the thread of the requests, for what needs something that only this thread has. What it throws ends it for good. */
export const startHere = (
  name: string,
  run: (signal: AbortSignal, tell: (state: 'running' | 'restarting', reason?: string) => void) => Promise<void>,
  logger: Logger,
): ThreadHost => {
  let state: ThreadState = 'starting';
  let stalledBy: string | undefined;
  const stopping = new AbortController();
  const tell = (now: ThreadState, reason?: string) => {
    state = now;
    stalledBy = reason;
  };
  const ended = run(stopping.signal, tell)
    .catch((error) => logger.error({ err: error }, `the ${name} has stopped`))
    .then(() => tell('stopped'));
  return {
    state: () => state,
    stalledBy: () => stalledBy,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
};

/** @param name file of apps/api/src without its ending */
export const programOf = (name: string): URL => builtModule(`../${name}.js`, import.meta.url);
