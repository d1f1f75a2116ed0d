import type { EventLogAdapter } from './adapter.js';
import { openUntilClosed } from './copying/open-until-closed.js';
import { type EventLog, EventLogUnavailable, type StoredEvent } from './event-log.js';
import { type KnownEvents, logOver, storedLogOver } from './log-over.js';
import { openMemoryEventLog } from './memory/memory-event-log.js';
import type { PersonalFields } from './sealed-events.js';
import { openSqliteEventLog } from './sqlite/sqlite-event-log.js';

/** Of a log on a server that other logs may share. */
export const DEFAULT_NAMESPACE = 'letopis';
export const NAMESPACE_PATTERN = /^[a-z0-9-]{1,60}$/;

export interface OpenEventLogOptions {
  /** Reads beside the one process that writes. */
  readonly readOnly?: boolean;
  /** Commits in the calling thread, which stands still while the disk is waited for: faster for one that has nothing else to do meanwhile. */
  readonly commitHere?: boolean;
  /** The log was of an older schema, and is of this one now. */
  readonly onUpgraded?: (upgrade: { readonly from: number; readonly to: number; readonly tookMs: number }) => void;
}

/**
 * Opens the log that a URL names: `memory:`, `sqlite:<path>`, or the connection string of EventStoreDB, `esdb://…` or `esdb+discover://…`, with the
 * namespace of the log behind it as `#<namespace>`.
 * @throws EventLogUnavailable with the reason and, where there is one, what to do; as EventLogClosed where something is to be appended to a log that moved
 */
export async function openEventLog(
  url: string,
  options: OpenEventLogOptions & {
    /** Brings what is read to the current version and, where it can validate, checks what is appended. */
    readonly registry: KnownEvents;
    /** Encrypts and decrypts personal fields. */
    readonly personal?: PersonalFields | undefined;
  },
): Promise<EventLog>;
/** Without a registry events are answered as they are stored, and nothing checks what is appended. */
export async function openEventLog(url: string, options?: OpenEventLogOptions): Promise<EventLog<StoredEvent>>;
export async function openEventLog(
  url: string,
  {
    registry,
    personal,
    ...options
  }: OpenEventLogOptions & { readonly registry?: KnownEvents; readonly personal?: PersonalFields | undefined } = {},
): Promise<EventLog | EventLog<StoredEvent>> {
  const adapter = await openEventLogAdapter(url, options);
  if (!registry) return storedLogOver(adapter);
  const log = logOver(adapter, registry, personal);
  if (options.readOnly || !registry.validate) return log;
  try {
    return await openUntilClosed(log);
  } catch (error) {
    await adapter.close();
    throw error;
  }
}

/** For whoever copies what is stored, or closes the log. @throws EventLogUnavailable */
export async function openEventLogAdapter(url: string, options: OpenEventLogOptions = {}): Promise<EventLogAdapter> {
  if (url === 'memory:') return openMemoryEventLog();
  const [, file] = /^sqlite:(.+)$/.exec(url) ?? [];
  if (file) return openSqliteEventLog(file.replace(/^\/\/(?=\/)/, ''), options);
  const [, server, namespace = DEFAULT_NAMESPACE] = /^(esdb(?:\+discover)?:\/\/.+?)(?:#([a-z0-9-]+))?$/.exec(url) ?? [];
  if (server) {
    // Loaded late: whoever has no such server need not wait for its client.
    const { openEventStoreDbLog } = await import('./eventstoredb/eventstoredb-event-log.js');
    return openEventStoreDbLog(server, { namespace, readOnly: options.readOnly });
  }
  throw new EventLogUnavailable(`unsupported event log ${url.split(':')[0]}: use memory:, sqlite:<path> or esdb://host:port`);
}
