import type { EventLogAdapter } from '../adapter.js';
import type { EventDefinition } from '../event-definition.js';
import { type DomainEvent, EventLogUnavailable, type EventReads, type NewEvent, ORIGIN, type StoredEvent } from '../event-log.js';
import { serializeAppend } from '../serialized-append.js';

/** The stream of what concerns the log itself. */
export const LOG_STREAM = 'log';

/** Whoever writes follows it: after it nothing is to be appended. It is not copied, so the copy is open. */
export const logClosed = {
  type: 'log-closed',
  version: 1,
  schema: {
    type: 'object',
    properties: {
      movedTo: {
        type: 'string',
        minLength: 1,
        description: 'where the log went, without credentials',
        'x-plain': 'an address of the company',
      },
    },
    required: ['movedTo'],
    additionalProperties: false,
  },
  personal: [],
  published: null,
  description: 'The log was closed because it moved; nothing is appended after this event.',
} as const satisfies EventDefinition;

export class EventLogClosed extends EventLogUnavailable {
  override readonly name: string = 'EventLogClosed';
  constructor(
    /** Without credentials. */
    readonly movedTo: string,
    /** ISO 8601. */
    readonly since: string,
  ) {
    super(`the event log was closed at ${since} because it moved to ${movedTo}; set EVENT_LOG_URL to that log`);
  }
}

/**
 * Appends nothing where the log is closed already and went there; where it was to go elsewhere the last such event counts.
 * @param given which command closes it, where it goes, the id of the event, and the time by the clock
 * @returns the event that closed it
 */
export async function closeLog(
  log: EventLogAdapter,
  { by, movedTo, id, now }: { readonly by: string; readonly movedTo: string; readonly id: string; readonly now: string },
): Promise<StoredEvent> {
  const before = await closingEvent(log);
  if (before && closedBy(before).movedTo === movedTo) return before;
  const newest = await newestEvent(log);
  const recordedAt = newest && newest.recordedAt > now ? newest.recordedAt : now;
  const event: NewEvent = {
    id,
    type: logClosed.type,
    schemaVersion: logClosed.version,
    occurredAt: recordedAt,
    recordedAt,
    actor: { kind: 'system', id: by },
    correlationId: id,
    commandId: id,
    data: { movedTo },
  };
  await log.append(serializeAppend(LOG_STREAM, before ?? 'none', [event], { get: () => logClosed }));
  return (await closingEvent(log))!;
}

async function newestEvent(log: EventLogAdapter): Promise<StoredEvent | undefined> {
  const head = await log.head();
  return head === ORIGIN ? undefined : log.eventAt(head);
}

/** What says that the log is closed. */
export async function closingEvent<Event extends DomainEvent | StoredEvent>(
  log: Pick<EventReads<Event>, 'readStream'>,
): Promise<Event | undefined> {
  for await (const [event] of log.readStream(LOG_STREAM, { direction: 'backwards', limit: 1 })) return event;
  return undefined;
}

/** @throws EventLogClosed where nothing is to be appended */
export async function assertOpen(log: Pick<EventReads<DomainEvent | StoredEvent>, 'readStream'>): Promise<void> {
  const event = await closingEvent(log);
  if (event) throw closedBy(event);
}

export const closedBy = ({ data, recordedAt }: Pick<DomainEvent, 'data' | 'recordedAt'>): EventLogClosed =>
  new EventLogClosed((data as { movedTo: string }).movedTo, recordedAt);
