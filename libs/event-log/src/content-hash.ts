import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { NewEvent } from './event-log.js';
import { InvalidEvent } from './invalid-event.js';

export interface Sealed {
  /** RFC 8785 canonical JSON of the event together with its stream. */
  readonly text: string;
  /** Hex SHA-256 over the UTF-8 of `text`. */
  readonly hash: string;
}

/**
 * What stands in the log and what vouches for it. Members that are undefined are left out, as JSON does.
 * @throws InvalidEvent for what has no canonical form: lone surrogates, NaN, infinities, bigints, circles
 */
export function seal(stream: string, event: NewEvent): Sealed {
  const text = canonical(stream, event);
  return { text, hash: hash('sha256', text, 'hex') };
}

/** Hex SHA-256 over the RFC 8785 canonical JSON of the event together with its stream. */
export function contentHash(stream: string, event: NewEvent): string {
  return seal(stream, event).hash;
}

function canonical(stream: string, event: NewEvent): string {
  try {
    return canonicalJson(ownMembers(stream, event));
  } catch (error) {
    throw new InvalidEvent(event.type, [{ pointer: '', rule: `has no canonical JSON: ${(error as Error).message}` }]);
  }
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
