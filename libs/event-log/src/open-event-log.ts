import { type EventLog, EventLogUnavailable } from './event-log.js';
import { openMemoryEventLog } from './memory/memory-event-log.js';
import type { EventValidator } from './sealed-append.js';
import { openSqliteEventLog } from './sqlite/sqlite-event-log.js';

export interface OpenEventLogOptions {
  /** Checks every event before it is appended. */
  readonly registry?: EventValidator;
  /** Reads beside the one process that writes. */
  readonly readOnly?: boolean;
}

/**
 * Opens the log that a URL names: `memory:` or `sqlite:<path>`.
 * @throws EventLogUnavailable with the reason and, where there is one, what to do
 */
export async function openEventLog(url: string, { registry, readOnly }: OpenEventLogOptions = {}): Promise<EventLog> {
  if (url === 'memory:') return openMemoryEventLog(registry);
  const [, file] = /^sqlite:(.+)$/.exec(url) ?? [];
  if (file) return openSqliteEventLog(file.replace(/^\/\/(?=\/)/, ''), { validator: registry, readOnly });
  throw new EventLogUnavailable(`there is no event log for ${url.split(':')[0]}: use memory: or sqlite:<path>`);
}
