import { AppendUnknown, EventLogUnavailable } from '../event-log.js';
import { openForWriting, type WriterOptions } from './open-database.js';
import { type CommitQueue, settle, type Waiting } from './waiting.js';
import { createWriter } from './writer.js';

/** Fewer wait for the end of the turn. */
const ENOUGH = 32;

/**
 * Commits in the thread that it is called in, which stands still meanwhile. What one turn brings is one batch; or several, where it brings much:
 * whoever waits for the answers has something to do then, while the rest of the turn is decided. But never is the disk waited for longer
 * than there was something to decide, so a slow disk gets larger batches.
 */
export function openCommitsHere(file: string, options: WriterOptions, appended: (head: number) => void): CommitQueue {
  const db = openForWriting(file, options);
  const writer = createWriter(db);
  let queue: Waiting[] = [];
  let turnWanted = false;
  let closed = false;
  let committed = 0;
  let took = 0;

  function commit(): void {
    if (queue.length === 0) return;
    const batch = queue;
    queue = [];
    const begun = performance.now();
    try {
      const { outcomes, head } = writer.commit(batch);
      appended(head);
      for (const [index, waiting] of batch.entries()) settle(waiting, outcomes[index]!);
    } catch (error) {
      for (const { reject } of batch) reject(new AppendUnknown(`the writer failed: ${(error as Error).message}`, { cause: error }));
    }
    committed = performance.now();
    took = committed - begun;
  }

  function wantTurn(): void {
    if (turnWanted) return;
    turnWanted = true;
    setImmediate(() => {
      turnWanted = false;
      commit();
    });
  }

  return {
    append(append) {
      if (closed) return Promise.reject(new EventLogUnavailable('the event log is closed'));
      return new Promise((resolve, reject) => {
        queue.push({ ...append, resolve, reject });
        if (queue.length >= ENOUGH && performance.now() - committed >= took) commit();
        else wantTurn();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      commit();
      db.close();
    },
  };
}
