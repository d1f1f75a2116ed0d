import { Worker } from 'node:worker_threads';
import { type AppendResult, EventLogUnavailable, IdempotencyConflict, WrongExpectedRevision } from '../event-log.js';
import { toPosition } from '../position.js';
import type { WriterOptions } from './open-database.js';
import { type Flat, flattenAppends, type Outcome, type PendingAppend, unflattenRound } from './protocol.js';

interface Waiting extends PendingAppend {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

export interface CommitQueue {
  append(append: PendingAppend): Promise<AppendResult>;
  close(): Promise<void>;
}

/** One round is being written while the next is being made; what arrives meanwhile makes the one after, so rounds grow with the load. */
const ROUNDS_UNDER_WAY = 2;
const SMALL_ROUND = 16;
const LARGE_ROUND = 512;
const CHARACTERS_A_ROUND = 8_000_000;

export function openCommitQueue(file: string, options: WriterOptions, grown: (head: number) => void): CommitQueue {
  const worker = new Worker(workerUrl(), { workerData: { file, options: { maxPages: options.maxPages } satisfies WriterOptions } });
  const rounds: Waiting[][] = [];
  let queue: Waiting[] = [];
  let turnWanted = false;
  let closed = false;
  let broken: Error | undefined;
  let drained: (() => void) | undefined;

  worker.on('message', (flat: Flat) => {
    const { outcomes, head } = unflattenRound(flat);
    grown(head);
    for (const [index, waiting] of rounds.shift()!.entries()) settle(waiting, outcomes[index]!);
    if (queue.length > 0) wantTurn();
    else if (rounds.length === 0) drained?.();
  });
  worker.on('error', (error) => fail(error));
  worker.on('exit', () => closed || fail(new Error('the writer thread ended')));

  function fail(error: Error): void {
    broken = new EventLogUnavailable(`the writer of the event log failed: ${error.message}`, { cause: error });
    for (const waiting of [...rounds.splice(0).flat(), ...queue.splice(0)]) waiting.reject(broken);
    drained?.();
  }

  /** In a turn of its own: all callers that the last round answered have come back with their next append by then. */
  function wantTurn(): void {
    if (turnWanted || rounds.length >= ROUNDS_UNDER_WAY) return;
    turnWanted = true;
    setImmediate(() => {
      turnWanted = false;
      if (queue.length > 0 && !broken) send();
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
    worker.postMessage(flattenAppends(round));
    if (queue.length > 0) wantTurn();
  }

  return {
    append({ stream, expected, events }) {
      if (broken) return Promise.reject(broken);
      if (closed) return Promise.reject(new EventLogUnavailable('the event log is closed'));
      return new Promise((resolve, reject) => {
        queue.push({ stream, expected, events, resolve, reject });
        wantTurn();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      if (!broken && rounds.length + queue.length > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      }
      if (broken) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close');
      await ended;
    },
  };
}

function settle({ stream, expected, resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.kind === 'done') resolve({ revision: outcome.revision, position: toPosition(outcome.position) });
  else if (outcome.kind === 'refused') reject(new WrongExpectedRevision(stream, expected, outcome.actual));
  else if (outcome.kind === 'conflict') reject(new IdempotencyConflict(stream, outcome.command));
  else reject(new EventLogUnavailable(`nothing of this command was appended: ${outcome.reason}`));
}

/** A thread starts from what the build wrote, also where these lines run from their source (Jest). */
function workerUrl(): URL {
  const here = import.meta.url;
  if (!here.endsWith('.ts')) return new URL('./writer.worker.js', here);
  return new URL('./writer.worker.js', here.replace(/\/libs\/(?!.*\/libs\/)/, '/dist/libs/'));
}
