import { builtModule, openThread, type Thread, ThreadEnded } from '#async';
import { AppendUnknown, EventLogUnavailable } from '../event-log.js';
import type { WriterOptions } from './open-database.js';
import { type Flat, flattenAppends, unflattenBatch } from './protocol.js';
import { type CommitQueue, nothingAppended, settle, type Waiting } from './waiting.js';

/** One batch is being written while the next is being made; what arrives meanwhile makes the one after, so batches grow with the load. */
const ROUNDS_UNDER_WAY = 2;
const SMALL_ROUND = 16;
const LARGE_ROUND = 512;
const CHARACTERS_A_ROUND = 8_000_000;

/** Commits in a thread of its own, so that the caller's never stands still while the disk is waited for. */
export function openCommitQueue(file: string, options: WriterOptions, appended: (head: number) => void): CommitQueue {
  const workerData = { file, options: { maxPages: options.maxPages } satisfies WriterOptions };
  let underWay: readonly Waiting[][] = [];
  let queue: Waiting[] = [];
  let turnWanted = false;
  let closed = false;
  let drained: (() => void) | undefined;
  let thread: Thread | undefined = begin();

  function begin(): Thread {
    const begun = openThread(builtModule('./writer.worker.js', import.meta.url), { workerData });
    // What broke the thread may have passed by the next append, which begins another.
    void begun.ended.then((end) => {
      thread = undefined;
      const cause = end.error ?? new ThreadEnded(end);
      for (const { reject } of queue.splice(0)) reject(nothingAppended(reasonOf(cause), cause));
      drained?.();
    });
    return begun;
  }

  /** In a turn of its own: all callers that the last batch answered have come back with their next append by then. */
  function wantTurn(): void {
    if (turnWanted || underWay.length >= ROUNDS_UNDER_WAY) return;
    turnWanted = true;
    setImmediate(() => {
      turnWanted = false;
      if (queue.length > 0) send();
    });
  }

  function send(): void {
    const outstanding = underWay.reduce((sum, batch) => sum + batch.length, queue.length);
    // Not all in one batch: callers and writer would take turns then, each idle while the other works.
    const most = Math.min(LARGE_ROUND, Math.max(SMALL_ROUND, Math.ceil(outstanding / ROUNDS_UNDER_WAY)));
    let characters = 0;
    let size = 0;
    while (size < queue.length && size < most && characters < CHARACTERS_A_ROUND) {
      for (const { text } of queue[size]!.events) characters += text.length;
      size++;
    }
    const batch = size === queue.length ? queue : queue.slice(0, size);
    queue = size === queue.length ? [] : queue.slice(size);
    void commit(batch);
    if (queue.length > 0) wantTurn();
  }

  async function commit(batch: Waiting[]): Promise<void> {
    underWay = [...underWay, batch];
    thread ??= begin();
    try {
      const { outcomes, head } = unflattenBatch((await thread.ask(flattenAppends(batch))) as Flat);
      appended(head);
      for (const [index, waiting] of batch.entries()) settle(waiting, outcomes[index]!);
    } catch (cause) {
      for (const { reject } of batch) reject(new AppendUnknown(reasonOf(cause as Error), { cause }));
    }
    underWay = underWay.filter((one) => one !== batch);
    if (queue.length > 0) wantTurn();
    else if (underWay.length === 0) drained?.();
  }

  return {
    append(append) {
      if (closed) return Promise.reject(new EventLogUnavailable('the event log is closed'));
      return new Promise((resolve, reject) => {
        queue.push({ ...append, resolve, reject });
        wantTurn();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      if (underWay.length + queue.length > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      }
      await thread?.stop();
    },
  };
}

const reasonOf = ({ message }: Error): string => `the writer of the event log failed: ${message}`;
