import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { NewEvent } from './event-log.js';
import { InvalidEvent } from './invalid-event.js';

/**
 * What stands in the log: RFC 8785 canonical JSON of the event together with its stream. Members that are undefined are left out, as JSON does.
 * @throws InvalidEvent for what has no canonical form: lone surrogates, NaN, infinities, bigints, circles
 */
export function canonicalEvent(stream: string, event: NewEvent): string {
  try {
    return canonicalJson(ownMembers(stream, event));
  } catch (error) {
    throw new InvalidEvent(event.type, [{ pointer: '', rule: `has no canonical JSON: ${(error as Error).message}` }]);
  }
}

/** What vouches for it: SHA-256 over the UTF-8 of the text. */
export function hashOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Hex SHA-256 over the RFC 8785 canonical JSON of the event together with its stream. */
export function contentHash(stream: string, event: NewEvent): string {
  return hashOf(canonicalEvent(stream, event)).toString('hex');
}

/** Named one by one: a RecordedEvent, or an event with members of its own, seals as the NewEvent that it is. */
function ownMembers(stream: string, event: NewEvent) {
  return {
    actor: event.actor,
    causationId: event.causationId,
    commandHash: event.commandHash,
    commandId: event.commandId,
    correlationId: event.correlationId,
    data: event.data,
    id: event.id,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
    schemaVersion: event.schemaVersion,
    source: event.source,
    stream,
    type: event.type,
  };
}
