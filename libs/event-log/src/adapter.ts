import type { AppendResult, EventReads, StoredEvent } from './event-log.js';
import type { SerializedAppend } from './serialized-append.js';

/** What an engine gives: it compares, keeps and answers. What is appended was checked and hashed before (`log-over.ts`). */
export interface EventLogAdapter extends EventReads<StoredEvent> {
  /** Tells the log from every other, whatever URL it was opened with. */
  readonly identity: string;
  /** @throws what `EventLog.append` throws for what the log holds */
  append(append: SerializedAppend): Promise<AppendResult>;
}
