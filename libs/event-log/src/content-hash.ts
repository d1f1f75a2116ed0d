import { hash } from 'node:crypto';
import { canonicalMembers } from './canonical-json.js';
import type { NewEvent, StoredEvent } from './event-log.js';
import { InvalidEvent } from './invalid-event.js';

/** What the first event of a stream names for the hash of the event before it. */
export const NO_PREVIOUS_HASH = '0'.repeat(64);

/** What the log adds to an event, as far as its hash covers it. */
export type HashedPlace = Pick<StoredEvent, 'stream' | 'revision' | 'envelopeVersion' | 'previousHash' | 'published'>;

/** All of an event that its hash covers. */
export type HashedEvent = NewEvent & HashedPlace;

/**
 * What the log keeps: RFC 8785 canonical JSON of the event. Members that are undefined are left out, as JSON does.
 * @throws InvalidEvent for what has no canonical form: lone surrogates, NaN, infinities, bigints, circles
 */
export function canonicalEvent(event: HashedEvent): string;
export function canonicalEvent(event: NewEvent, place: HashedPlace): string;
export function canonicalEvent(event: NewEvent, place = event as HashedEvent as HashedPlace): string {
  try {
    return canonicalMembers(hashedMembers(event, place));
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

/** Named one by one and in their order: members that an event must not have are no part of it, and there is nothing to sort. */
function hashedMembers(event: NewEvent, { stream, revision, envelopeVersion, previousHash, published }: HashedPlace) {
  return {
    actor: event.actor,
    causationId: event.causationId,
    commandHash: event.commandHash,
    commandId: event.commandId,
    correlationId: event.correlationId,
    data: event.data,
    envelopeVersion,
    id: event.id,
    occurredAt: event.occurredAt,
    previousHash,
    published,
    recordedAt: event.recordedAt,
    revision: envelopeVersion === undefined ? undefined : revision,
    schemaVersion: event.schemaVersion,
    sealed: event.sealed,
    source: event.source,
    stream,
    type: event.type,
  };
}
