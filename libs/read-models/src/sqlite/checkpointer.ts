import { builtModule, openThread, type Thread } from '#async';

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
 * the writer does, at its `wal_autocheckpoint`, and finds nearly everything copied by then. Without the thread all works, more slowly.
 */
export function createCheckpointer(file: string): Checkpointer {
  let thread: Thread | undefined;
  let commits = 0;

  function start(): void {
    thread ??= openThread(builtModule('./checkpointer.worker.js', import.meta.url), {
      workerData: { file, everyMs: EVERY_MS },
      unref: true,
    });
  }

  return {
    start,
    committed() {
      if (commits++ >= COMMITS_BEFORE_START) start();
    },
    close: async () => thread?.stop(),
  };
}
