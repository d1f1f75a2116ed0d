import { Worker } from 'node:worker_threads';
import { builtModule } from '#async';

export interface Checkpointer {
  /** Much is about to be committed. */
  start(): void;
  /** Something was committed. */
  committed(): void;
  close(): Promise<void>;
}

const EVERY_MS = 100;
/** Whoever writes little needs no thread for it. */
const COMMITS_BEFORE_START = 100;

/**
 * Copies the write-ahead log into the database in a thread of its own, so that nobody's commit waits for the disk. It never ends the log:
 * the writer does, at its `wal_autocheckpoint`, and finds nearly everything copied by then. Without the thread all goes on, more slowly.
 */
export function createCheckpointer(file: string): Checkpointer {
  let worker: Worker | undefined;
  let commits = 0;

  function start(): void {
    if (worker) return;
    const started = new Worker(builtModule('./checkpointer.worker.js', import.meta.url), { workerData: { file, everyMs: EVERY_MS } });
    started.unref();
    started.on('error', () => undefined);
    worker = started;
  }

  return {
    start,
    committed() {
      if (commits++ >= COMMITS_BEFORE_START) start();
    },
    async close() {
      if (!worker) return;
      const ended = new Promise((resolve) => worker!.once('exit', resolve));
      worker.ref();
      if (worker.threadId === -1) return;
      worker.postMessage('close');
      await ended;
    },
  };
}
