import { type AppendResult, AppendUnknown, EventLogUnavailable, IdempotencyConflict, WrongExpectedRevision } from '../event-log.js';
import { toPosition } from '../position.js';
import type { SerializedAppend } from '../serialized-append.js';
import type { Outcome } from './protocol.js';

/** Where appends of many callers come together in batches; each batch is one transaction. */
export interface CommitQueue {
  append(append: SerializedAppend): Promise<AppendResult>;
  close(): Promise<void>;
}

/** An append with its caller. */
export interface Waiting extends SerializedAppend {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

export function settle({ stream, after, events, resolve, reject }: Waiting, outcome: Outcome): void {
  // Of a repetition, too, the hash is as stored: by that it was known.
  if (outcome.kind === 'done') {
    resolve({ revision: outcome.revision, position: toPosition(outcome.position), hash: events.at(-1)!.hash });
  } else if (outcome.kind === 'rejected') reject(new WrongExpectedRevision(stream, after < 0 ? null : after, outcome.actual));
  else if (outcome.kind === 'conflict') reject(new IdempotencyConflict(stream, outcome.command));
  else reject(outcome.kind === 'unknown' ? new AppendUnknown(outcome.reason) : nothingAppended(outcome.reason));
}

export function nothingAppended(reason: string, cause?: Error): EventLogUnavailable {
  return new EventLogUnavailable(`nothing of this command was appended: ${reason}`, { cause });
}
