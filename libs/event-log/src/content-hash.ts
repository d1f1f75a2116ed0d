import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { NewEvent, StoredEvent } from './event-log.js';
import { InvalidEvent } from './invalid-event.js';

/** What the first event of a stream names for the hash of the event before it. */
export const NO_PREVIOUS_HASH = '0'.repeat(64);

/** All of an event that its hash covers. */
export type HashedEvent = NewEvent & Pick<StoredEvent, 'stream' | 'revision' | 'envelopeVersion' | 'previousHash' | 'published'>;

/**
 * What the log keeps: RFC 8785 canonical JSON of the event. Members that are undefined are left out, as JSON does.
 * @throws InvalidEvent for what has no canonical form: lone surrogates, NaN, infinities, bigints, circles
 */
export function canonicalEvent(event: HashedEvent): string {
  try {
    return canonicalJson(hashedMembers(event));
  } catch (error) {
    throw new InvalidEvent(event.type, [{ pointer: '', rule: `has no canonical JSON: ${(error as Error).message}` }]);
  }
}

/** Hex SHA-256 over the UTF-8 of the text. */
export function hashOf(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The hash that an event has by the rule of its envelope version. */
export function contentHash(event: HashedEvent): string {
  return hashOf(canonicalEvent(event));
}

/** Named one by one, so that members which an event must not have are no part of it. */
function hashedMembers(event: HashedEvent) {
  const chained = event.envelopeVersion !== undefined;
  return {
    actor: event.actor,
    causationId: event.causationId,
    commandHash: event.commandHash,
    commandId: event.commandId,
    correlationId: event.correlationId,
    data: event.data,
    envelopeVersion: event.envelopeVersion,
    id: event.id,
    occurredAt: event.occurredAt,
    previousHash: event.previousHash,
    published: event.published,
    recordedAt: event.recordedAt,
    revision: chained ? event.revision : undefined,
    schemaVersion: event.schemaVersion,
    source: event.source,
    stream: event.stream,
    type: event.type,
  };
}
