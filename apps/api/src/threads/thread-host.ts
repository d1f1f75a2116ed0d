import { Worker } from 'node:worker_threads';
import { builtModule, createBackoff } from '#async';
import type { Logger } from '#platform';
import { receivedError } from './sent-error.js';
import type { Answered, Asked, FromWorker, ToWorker } from './thread-messages.js';

/** `restarting`: it is begun anew after a pause, or waits for an engine that is away. */
export type ThreadState = 'off' | 'starting' | 'running' | 'restarting' | 'stopped';

/** Keeps something at work beside the requests. */
export interface ThreadHost {
  state(): ThreadState;
  /** Name of the error for which it is begun anew or waits. */
  stalledBy(): string | undefined;
  /** Lets it finish the batch that it is in. */
  stop(): Promise<void>;
}

export const noThread: ThreadHost = { state: () => 'off', stalledBy: () => undefined, stop: async () => undefined };

export interface AskedThread extends ThreadHost {
  /** Resolves when it runs for the first time. @throws CannotStart, and then it is not begun again; or what it failed with at the first attempt */
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

/** What it needs cannot be had; the message tells why, as the thread told it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

const PAUSES = { firstMs: 200, longestMs: 10_000 };
/** One that ran for so long had begun well, so the next pause is the first again. */
const BEGAN_WELL_MS = 30_000;
const PATIENCE_MS = 15_000;
/** Goes in one message. Not all that a turn brings: the thread would stand still while this one reads, and this one while it answers. */
const ASKED_AT_ONCE = 16;

export interface ThreadProgram {
  /** As logs call it. */
  readonly name: string;
  /** What `programOf` answers. */
  readonly program: URL;
  readonly workerData: unknown;
  /** Takes what it tells beside its answers. */
  readonly onTold?: (told: unknown) => void;
}

/**
 * In a thread of its own, so that it never keeps a request waiting; begun anew, with growing pauses, whenever it dies. One that ends with
 * code 0 has its reasons and is left alone.
 */
export const startThread = ({ name, program, workerData, onTold }: ThreadProgram, logger: Logger): AskedThread => {
  let state: ThreadState = 'starting';
  let stalledBy: string | undefined;
  let worker: Worker;
  let alive = false;
  const backoff = createBackoff(PAUSES);
  let timer: NodeJS.Timeout | undefined;
  const waiting = createWaiting();
  let outgoing: Asked[] = [];
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => undefined);

  const take = (answered: Answered): void => {
    const asking = waiting.take(answered.number);
    if ('failure' in answered) asking.reject(receivedError(answered.failure));
    else asking.resolve(answered.answer);
  };

  const hear = (message: FromWorker): void => {
    if (message === 'running' || 'interrupted' in message) {
      stalledBy = message === 'running' ? undefined : message.interrupted;
      if (state !== 'stopped') state = message === 'running' ? 'running' : 'restarting';
      if (state === 'running') started.resolve();
    } else if ('cannotStart' in message) {
      // At a later beginning it goes on trying: what it needs was there once.
      if (state === 'starting') state = 'stopped';
      started.reject(new CannotStart(message.cannotStart));
    } else {
      if (message.told !== undefined) onTold?.(message.told);
      for (const one of message.answered) take(one);
    }
  };

  const begin = (): void => {
    const startedAt = performance.now();
    worker = new Worker(program, { workerData });
    alive = true;
    worker.on('message', hear);
    worker.on('error', (error) => {
      logger.error({ err: error }, `the ${name} failed`);
      stalledBy = error instanceof Error ? error.name : undefined;
      started.reject(error);
    });
    worker.once('exit', (code) => {
      alive = false;
      outgoing = [];
      for (const { reject } of waiting.takeAll()) reject(new ThreadAway(`the ${name} ended`, true));
      if (state === 'stopped') return;
      state = code === 0 ? 'stopped' : 'restarting';
      if (code === 0) return;
      if (performance.now() - startedAt > BEGAN_WELL_MS) backoff.gettingOn();
      const { waitMs } = backoff.failed();
      logger.error({ exitCode: code, nextTryInMs: waitMs }, `the ${name} ended and is restarted`);
      timer = setTimeout(begin, waitMs);
    });
  };
  begin();

  const send = (): void => {
    if (outgoing.length === 0) return;
    worker.postMessage(outgoing satisfies ToWorker);
    outgoing = [];
  };

  return {
    started: started.promise,
    state: () => state,
    stalledBy: () => stalledBy,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (state !== 'running') return reject(new ThreadAway(`the ${name} is ${state}`, false));
        const together = outgoing.push({ number: waiting.put({ resolve, reject }), request });
        if (together === 1) setImmediate(send);
        else if (together === ASKED_AT_ONCE) send();
      }),
    async stop() {
      state = 'stopped';
      clearTimeout(timer);
      if (!alive) return;
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      send();
      worker.postMessage('stop' satisfies ToWorker);
      const late = setTimeout(() => {
        logger.error(`the ${name} does not end and is terminated`);
        void worker.terminate();
      }, PATIENCE_MS);
      await ended;
      clearTimeout(late);
    },
  };
};

interface Asking {
  resolve(answer: unknown): void;
  reject(failure: unknown): void;
}

/**
 * In places that are used again, not in a `Map`: V8 leads from the table of a map that was outgrown to the next one, so one that has grown old
 * keeps all that was asked after it until a full collection. Under load that was half of what survived the young collections.
 */
const createWaiting = () => {
  const places: (Asking | undefined)[] = [];
  const free: number[] = [];
  const take = (number: number): Asking => {
    const asking = places[number]!;
    places[number] = undefined;
    free.push(number);
    return asking;
  };
  return {
    /** Its number until it is taken. */
    put(asking: Asking): number {
      const number = free.pop() ?? places.length;
      places[number] = asking;
      return number;
    },
    take,
    takeAll: (): Asking[] => [...places.keys()].filter((number) => places[number] !== undefined).map(take),
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
