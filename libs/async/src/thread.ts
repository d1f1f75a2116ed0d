import { parentPort, type ResourceLimits, Worker } from 'node:worker_threads';
import { type Conversation, type ConversationOptions, createConversation, type Message } from './conversation.js';

export interface ThreadOptions extends ConversationOptions {
  readonly workerData?: unknown;
  readonly resourceLimits?: ResourceLimits;
  /** Nobody needs it to end: it does not keep the process. */
  readonly unref?: boolean;
  /** What whoever waits for an answer gets when the thread has ended; what broke it, or `ThreadEnded`, when absent. */
  readonly lost?: (end: ThreadEnd) => Error;
}

export interface ThreadEnd {
  readonly code: number;
  /** What broke it. */
  readonly error?: Error;
}

export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded';
  constructor({ code }: ThreadEnd) {
    super(`its thread ended with code ${code}`);
  }
}

export interface Thread extends Pick<Conversation, 'ask' | 'tell'> {
  /** Never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Asks it to end, and resolves when it has. */
  stop(): Promise<void>;
  /** In the middle of whatever it does. */
  terminate(): void;
}

const STOP = 'stop';

/** @param program what `builtModule` answers: a module that calls `answerHost` */
export const openThread = (
  program: URL,
  { workerData, resourceLimits, unref, lost = brokenBy, ...options }: ThreadOptions = {},
): Thread => {
  const worker = new Worker(program, { workerData, ...(resourceLimits && { resourceLimits }) });
  if (unref) worker.unref();
  const talk = createConversation((message, handedOver) => worker.postMessage(message, handedOver), options);
  const ended = Promise.withResolvers<ThreadEnd>();
  let isAlive = true;
  let error: Error | undefined;
  worker.on('message', talk.hear);
  worker.on('error', (broken) => {
    error = broken as Error;
  });
  worker.once('exit', (code) => {
    const end: ThreadEnd = error ? { code, error } : { code };
    isAlive = false;
    ended.resolve(end);
    talk.end(lost(end));
  });
  return {
    ask: talk.ask,
    tell: talk.tell,
    ended: ended.promise,
    async stop() {
      if (isAlive) {
        worker.ref();
        talk.flush();
        worker.postMessage(STOP);
      }
      await ended.promise;
    },
    terminate: () => void worker.terminate(),
  };
};

const brokenBy = (end: ThreadEnd): Error => end.error ?? new ThreadEnded(end);

/** Within a thread: tells the one that opened it, also before it can answer. */
export const tellHost = (news: unknown): void => parentPort?.postMessage({ news } satisfies Message);

export interface ThreadProgram extends ConversationOptions {
  /** Lets go of what it has open; the thread ends then. */
  readonly stop?: () => unknown;
}

export interface Host extends Pick<Conversation, 'ask'> {
  /** Ends the thread, if nothing else keeps it. */
  leave(): void;
}

/** Within a thread: the other side of `openThread`, until that one says stop. */
export const answerHost = ({ stop, ...options }: ThreadProgram): Host => {
  const port = parentPort!;
  const talk = createConversation((message, handedOver) => port.postMessage(message, handedOver), options);
  const leave = () => {
    talk.flush();
    port.close();
  };
  port.on('message', (message: Message | typeof STOP) => {
    if (message !== STOP) return talk.hear(message);
    // Answers that the stop has brought about are given in the same turn.
    void Promise.try(stop ?? (() => undefined)).then(() => setImmediate(leave));
  });
  return { ask: talk.ask, leave };
};
