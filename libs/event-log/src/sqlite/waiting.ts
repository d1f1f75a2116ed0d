import { type AppendResult, AppendUnknown, EventLogUnavailable, IdempotencyConflict, WrongExpectedRevision } from '../event-log.js';
import { toPosition } from '../position.js';
import type { Outcome, PendingAppend } from './protocol.js';

/** Where appends of many callers come together in rounds; each round is one transaction. */
export interface CommitQueue {
  append(append: PendingAppend): Promise<AppendResult>;
  close(): Promise<void>;
}

/** An append with its caller. */
export interface Waiting extends PendingAppend {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

export function settle({ stream, expected, resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.kind === 'done') resolve({ revision: outcome.revision, position: toPosition(outcome.position) });
  else if (outcome.kind === 'refused') reject(new WrongExpectedRevision(stream, expected, outcome.actual));
  else if (outcome.kind === 'conflict') reject(new IdempotencyConflict(stream, outcome.command));
  else reject(outcome.kind === 'unknown' ? new AppendUnknown(outcome.reason) : nothingAppended(outcome.reason));
}

export function nothingAppended(reason: string, cause?: Error): EventLogUnavailable {
  return new EventLogUnavailable(`nothing of this command was appended: ${reason}`, { cause });
}
