import { canonicalEvent, hashOf, NO_PREVIOUS_HASH } from './content-hash.js';
import type { EventDefinition } from './event-definition.js';
import type { ExpectedRevision, NewEvent } from './event-log.js';
import { InvalidAppend } from './invalid-event.js';

/** Says of an event whether it is published, and under which name. */
interface Publishing {
  get(type: string): Pick<EventDefinition, 'published'> | undefined;
}

export interface SerializedEvent {
  readonly type: string;
  /** Canonical JSON. */
  readonly text: string;
  /** Hex SHA-256 of the text. */
  readonly hash: string;
  /** Id of the command that made it, where that may be repeated: it belongs to one stream then. */
  readonly command: string | null;
}

export interface SerializedAppend {
  readonly stream: string;
  /** The revision that the stream must have; −1 for no stream. */
  readonly after: number;
  /** The hash that its last event must have. */
  readonly previousHash: string;
  readonly events: readonly SerializedEvent[];
}

/** Ids of the commands that made these events and may be repeated. */
export function commandsOf(events: readonly SerializedEvent[]): ReadonlySet<string> {
  const commands = new Set<string>();
  for (const { command } of events) if (command !== null) commands.add(command);
  return commands;
}

/**
 * Chains each event on the hash of the one before it. Everything that can be rejected without looking at the log is rejected here,
 * before any of it is written.
 */
export function serializeAppend(
  stream: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
  known: Publishing | undefined,
): SerializedAppend {
  if (typeof stream !== 'string' || stream === '') throw new InvalidAppend('a stream requires a name');
  if (!isExpectation(expected))
    throw new InvalidAppend('the expected revision must be "none", or a whole number from 0 with the hash of its event');
  if (events.length === 0) throw new InvalidAppend('an append requires at least one event');
  if (!stream.isWellFormed()) throw new InvalidAppend('the name of a stream must be well-formed Unicode');
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size < events.length) {
    throw new InvalidAppend('the event ids of an append must be unique');
  }
  const after = expected === 'none' ? -1 : expected.revision;
  const previousHash = expected === 'none' ? NO_PREVIOUS_HASH : expected.hash;
  let chainedOn = previousHash;
  let revision = after;
  const serialized = events.map((event): SerializedEvent => {
    revision += 1;
    const published = known?.get(event.type)?.published ?? undefined;
    const text = canonicalEvent(event, { stream, envelopeVersion: 2, revision, previousHash: chainedOn, published });
    chainedOn = hashOf(text);
    return { type: event.type, text, hash: chainedOn, command: event.commandHash === undefined ? null : event.commandId };
  });
  return { stream, after, previousHash, events: serialized };
}

function isExpectation(expected: ExpectedRevision): boolean {
  if (expected === 'none') return true;
  const { revision, hash } = expected;
  return Number.isSafeInteger(revision) && revision >= 0 && /^[0-9a-f]{64}$/.test(hash);
}
