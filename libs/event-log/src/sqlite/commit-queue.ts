import { Worker } from 'node:worker_threads';
import { builtModule } from '#async';
import { AppendUnknown, EventLogUnavailable } from '../event-log.js';
import type { WriterOptions } from './open-database.js';
import { type Flat, flattenAppends, unflattenRound } from './protocol.js';
import { type CommitQueue, nothingAppended, settle, type Waiting } from './waiting.js';

/** One round is being written while the next is being made; what arrives meanwhile makes the one after, so rounds grow with the load. */
const ROUNDS_UNDER_WAY = 2;
const SMALL_ROUND = 16;
const LARGE_ROUND = 512;
const CHARACTERS_A_ROUND = 8_000_000;

/** Commits in a thread of its own, so that the caller's never stands still while the disk is waited for. */
export function openCommitQueue(file: string, options: WriterOptions, grown: (head: number) => void): CommitQueue {
  const workerData = { file, options: { maxPages: options.maxPages } satisfies WriterOptions };
  const rounds: Waiting[][] = [];
  let queue: Waiting[] = [];
  let turnWanted = false;
  let closed = false;
  let drained: (() => void) | undefined;
  let worker: Worker | undefined = begin();

  function begin(): Worker {
    const begun = new Worker(builtModule('./writer.worker.js', import.meta.url), { workerData });
    let cause: Error | undefined;
    begun.on('message', (flat: Flat) => {
      const { outcomes, head } = unflattenRound(flat);
      grown(head);
      for (const [index, waiting] of rounds.shift()!.entries()) settle(waiting, outcomes[index]!);
      if (queue.length > 0) wantTurn();
      else if (rounds.length === 0) drained?.();
    });
    begun.on('error', (error) => {
      cause = error;
    });
    begun.once('exit', (code) => lost(cause ?? new Error(`its thread ended with code ${code}`)));
    return begun;
  }

  /** What broke the thread may have passed by the next append, which begins another. */
  function lost(cause: Error): void {
    worker = undefined;
    const reason = `the writer of the event log failed: ${cause.message}`;
    for (const { reject } of rounds.splice(0).flat()) reject(new AppendUnknown(reason, { cause }));
    for (const { reject } of queue.splice(0)) reject(nothingAppended(reason, cause));
    drained?.();
  }

  /** In a turn of its own: all callers that the last round answered have come back with their next append by then. */
  function wantTurn(): void {
    if (turnWanted || rounds.length >= ROUNDS_UNDER_WAY) return;
    turnWanted = true;
    setImmediate(() => {
      turnWanted = false;
      if (queue.length > 0) send();
    });
  }

  function send(): void {
    const outstanding = rounds.reduce((sum, round) => sum + round.length, queue.length);
    // Not all in one round: callers and writer would take turns then, each idle while the other works.
    const most = Math.min(LARGE_ROUND, Math.max(SMALL_ROUND, Math.ceil(outstanding / ROUNDS_UNDER_WAY)));
    let characters = 0;
    let size = 0;
    while (size < queue.length && size < most && characters < CHARACTERS_A_ROUND) {
      for (const { text } of queue[size]!.events) characters += text.length;
      size++;
    }
    const round = size === queue.length ? queue : queue.slice(0, size);
    queue = size === queue.length ? [] : queue.slice(size);
    rounds.push(round);
    worker ??= begin();
    worker.postMessage(flattenAppends(round));
    if (queue.length > 0) wantTurn();
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
      if (rounds.length + queue.length > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      }
      const last = worker;
      if (!last) return;
      const ended = new Promise((resolve) => last.once('exit', resolve));
      last.postMessage('close');
      await ended;
    },
  };
}
