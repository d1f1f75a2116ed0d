import { hashOf, NO_PREVIOUS_HASH } from '../content-hash.js';
import type { Position, RawEvent } from '../event-log.js';
import { isSealed } from '../sealed-events.js';

/** What can be wrong with an event, and how that is told. */
export const faults = {
  'body-unreadable': 'its body is not the JSON of an event',
  'hash-differs': 'its body does not have the stored hash',
  'stream-differs': 'its body names another stream',
  'revision-differs': 'its body names another revision',
  'type-differs': 'its body names another type',
  'envelope-unknown': 'its envelope version is unknown to this program',
  'envelope-older': 'its envelope is of version 1, that of the event before it of version 2',
  'sealed-malformed': 'its encrypted personal fields are malformed',
  'revision-missing': 'the event before it in the stream is missing',
  'chain-broken': 'it was not appended after the event that is before it in the stream',
  'order-differs': 'its position is before that of an earlier event of its stream',
  'position-too-low': 'its position is before that of the first event',
  'position-too-high': 'its position is beyond 9007199254740991, the largest position',
  'after-closing': 'it was appended after the log was closed: look for it in the log that this one moved to',
  'position-missing': 'the event with this position is missing',
} as const;

export type FaultCode = keyof typeof faults;

/** An event that does not verify. Stream and revision are null where all that is known of it is that it is missing. */
export interface Fault {
  readonly position: Position;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly codes: readonly FaultCode[];
}

/** What is read of a body; whatever stands there. */
export interface RawBody {
  readonly id?: unknown;
  readonly schemaVersion?: unknown;
  readonly stream?: unknown;
  readonly revision?: unknown;
  readonly type?: unknown;
  readonly envelopeVersion?: unknown;
  readonly previousHash?: unknown;
  readonly sealed?: unknown;
}

interface Read {
  readonly hash: string;
  readonly body: RawBody | undefined;
  readonly codes: readonly FaultCode[];
}

export interface VerifiedEvent {
  readonly fault: Fault | undefined;
  /** Undefined where it cannot be read, which is a fault. */
  readonly body: RawBody | undefined;
}

/** Whether an event is what its hash was made over, at the place that its body names. Version 1 of the envelope names no revision. */
export function verifyEvent(raw: RawEvent): VerifiedEvent {
  const { body, codes } = read(raw);
  return { body, fault: faultOf(raw, codes) };
}

/**
 * Verifies the events of streams, those of each stream together and from the first one on: what verifyEvent tells, that none is missing
 * between two, and that each was appended after the one before it. The end of a stream is not told by what is before it.
 */
export function createStreamVerifier(): (raw: RawEvent) => VerifiedEvent {
  let before: { readonly raw: RawEvent; readonly hash: string; readonly chained: boolean } | undefined;
  return (raw) => {
    const { hash, body, codes } = read(raw);
    const previous = before?.raw.stream === raw.stream ? before : undefined;
    const chained = body?.envelopeVersion !== undefined;
    const found = [...codes];
    if (raw.revision !== (previous?.raw.revision ?? -1) + 1) found.push('revision-missing');
    else if (chained && ![previous?.raw.hash ?? NO_PREVIOUS_HASH, previous?.hash].includes(body.previousHash as string)) {
      found.push('chain-broken');
    }
    if (body && !chained && previous?.chained) found.push('envelope-older');
    if (previous && raw.position < previous.raw.position) found.push('order-differs');
    before = { raw, hash, chained: chained || (!body && previous?.chained === true) };
    return { body, fault: faultOf(raw, found) };
  };
}

function faultOf({ position, stream, revision }: RawEvent, codes: readonly FaultCode[]): Fault | undefined {
  return codes.length === 0 ? undefined : { position, stream, revision, codes };
}

function read(raw: RawEvent): Read {
  const hash = hashOf(raw.text);
  const body = parsed(raw.text);
  if (body === undefined) return { hash, body, codes: ['body-unreadable'] };
  const codes: FaultCode[] = [];
  if (hash !== raw.hash) codes.push('hash-differs');
  if (body.stream !== raw.stream) codes.push('stream-differs');
  if (body.type !== raw.type) codes.push('type-differs');
  if (body.sealed !== undefined && !isSealed(body.sealed)) codes.push('sealed-malformed');
  if (body.envelopeVersion === undefined) return { hash, body, codes };
  if (body.envelopeVersion !== 2) codes.push('envelope-unknown');
  else if (body.revision !== raw.revision) codes.push('revision-differs');
  return { hash, body, codes };
}

function parsed(text: string): RawBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
