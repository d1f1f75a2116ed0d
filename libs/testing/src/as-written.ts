import type { DomainEvent, EventLog, KnownEvents } from '#event-log';
import { logOver } from '#event-log/log-over.js';
import { openMemoryEventLog } from '#event-log/memory/memory-event-log.js';
import { withOpaquePositions } from './opaque-positions.js';

/** Every event is of the current version. */
export const asWritten: KnownEvents = { get: () => undefined, upcast: (event) => event as unknown as DomainEvent };

/** Its positions are opaque, so that no test goes well where somebody counts with them. */
export const memoryLog = (known: KnownEvents = asWritten): EventLog => logOver(withOpaquePositions(openMemoryEventLog()), known);
