import { type EventLog, EventLogUnavailable } from './event-log.js';
import { openMemoryEventLog } from './memory/memory-event-log.js';
import type { EventValidator } from './sealed-append.js';
import { openSqliteEventLog } from './sqlite/sqlite-event-log.js';

export interface OpenEventLogOptions {
  /** Checks every event before it is appended. */
  readonly registry?: EventValidator;
  /** Reads beside the one process that writes. */
  readonly readOnly?: boolean;
  /** Commits in the calling thread, which stands still while the disk is waited for: faster for one that has nothing else to do meanwhile. */
  readonly commitHere?: boolean;
  /** The log was of an older schema, and is of this one now. */
  readonly onUpgraded?: (upgrade: { readonly from: number; readonly to: number; readonly tookMs: number }) => void;
}

/**
 * Opens the log that a URL names: `memory:` or `sqlite:<path>`.
 * @throws EventLogUnavailable with the reason and, where there is one, what to do
 */
export async function openEventLog(url: string, options: OpenEventLogOptions = {}): Promise<EventLog> {
  const { registry: validator, ...others } = options;
  if (url === 'memory:') return openMemoryEventLog(validator);
  const [, file] = /^sqlite:(.+)$/.exec(url) ?? [];
  if (file) return openSqliteEventLog(file.replace(/^\/\/(?=\/)/, ''), { validator, ...others });
  throw new EventLogUnavailable(`there is no event log for ${url.split(':')[0]}: use memory: or sqlite:<path>`);
}
