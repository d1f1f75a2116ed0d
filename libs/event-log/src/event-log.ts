/**
 * The port that everything else hangs on: an append-only log of events in streams, with one global order.
 * Adapters (`adapter.ts`) live in `memory/`, `sqlite/` and `eventstoredb/`; `libs/testing` holds the contract suite that each of them passes.
 */

import type { Position } from './position-type.js';

export { isOfSameLog, isPosition, ORIGIN, POSITION_PATTERN, type Position } from './position-type.js';

export type ActorKind = 'curator' | 'supervisor' | 'customer' | 'service' | 'import' | 'system';

/** Who did it. `id` is opaque; `name`, the display name at that time, is in old events only: commands do not store it, and an erasure hides it. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
  readonly name?: string;
}

/** Origin of an event: the system and its own id for it (file + line, message id, row key). */
export interface Source {
  readonly system: string;
  readonly id: string;
}

/** The origin of an event as the log keeps it. */
export interface RecordedSource {
  readonly system: string;
  /** Absent where whose event it is was erased. */
  readonly id?: string;
  /** HMAC of `id` under a key of the subject; in its place where the event is stored. */
  readonly idHash?: string;
}

/** The personal fields of an event that belong to one subject, encrypted together. Binary members are base64. */
export interface SealedFields {
  /** The stream of the customer or curator whose key it is. */
  readonly subject: string;
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
  /** Proves what the plaintext was, without the key. */
  readonly commitment: string;
}

/** An event as it is handed to `append`. Instants are ISO 8601 in UTC with milliseconds, e.g. `2026-11-22T21:14:47.000Z`. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  /** ULID or UUID, unique in the log. */
  readonly id: string;
  readonly type: Type;
  readonly schemaVersion: number;
  /** When it was true. */
  readonly occurredAt: string;
  /** When we learned it; never before the `recordedAt` of an earlier revision of the same stream. */
  readonly recordedAt: string;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId?: string;
  /** Idempotency key of the command that made it. */
  readonly commandId: string;
  /** Fingerprint of the body of that command, so that the same key with another body can be rejected. Only of one that may be repeated. */
  readonly commandHash?: string;
  readonly source?: RecordedSource;
  /** Personal fields, encrypted: they are in `data` and `source` again for whoever reads the event with their keys. */
  readonly sealed?: readonly SealedFields[];
  readonly data: Data;
}

/**
 * Why an event is not understood: its body cannot be read, this code does not know its type or its version, the key of its personal fields is
 * missing although nobody was erased, or they are not what was encrypted for this event.
 */
export type NotUnderstood = 'unreadable' | 'unknown-type' | 'newer-version' | 'key-lost' | 'sealed-differs';

/** What the log adds to an event. */
interface LoggedEvent<Type extends string = string, Data = unknown> extends NewEvent<Type, Data> {
  readonly stream: string;
  /** 0 for the first event of a stream, without gaps. */
  readonly revision: number;
  readonly position: Position;
  /**
   * Hex SHA-256 over the RFC 8785 canonical JSON of the event without `position` and `hash`. In version 1 of the envelope `revision` is
   * no part of it either.
   */
  readonly hash: string;
  /** How the hash is made; absent in an event of version 1, which has none of the following members. */
  readonly envelopeVersion?: 2;
  /** Hash of the event before it in the stream, as stored; 64 zeros for the first. */
  readonly previousHash?: string;
  /** The name under which it is published; absent where it is not. */
  readonly published?: string | undefined;
  /**
   * Present where whoever looks into the event must not go on as if it were known. An unreadable one has nothing beside it but id
   * (`<stream>@<revision>`), stream, revision, position, type and hash.
   */
  readonly notUnderstood?: NotUnderstood;
}

/** Of the types alone: it keeps the two kinds of events apart. */
declare const form: unique symbol;

/** An event as it was persisted: its data is of the version that was written. Adapters answer it; nobody but the log looks into it. */
export interface StoredEvent extends LoggedEvent {
  readonly [form]: 'stored';
}

/** An event at the version that the code knows: what deciders, projections and processes see. Its hash is that of the stored event. */
export interface DomainEvent<Type extends string = string, Data = unknown> extends LoggedEvent<Type, Data> {
  readonly [form]?: 'domain';
}

/** The last event of a stream. */
export interface StreamHead {
  readonly revision: number;
  readonly hash: string;
}

/** Where the stream must be: at this event, on which the new ones are chained, or nowhere yet. */
export type ExpectedRevision = 'none' | StreamHead;

/** Revision, position and hash of the last event of the call, as stored: what the next append to the stream expects. */
export interface AppendResult extends StreamHead {
  readonly position: Position;
}

export type Batch<Event = DomainEvent> = readonly Event[];

export interface ReadStreamOptions {
  /** First revision to answer (inclusive), whatever the direction; defaults to the near end. */
  readonly from?: number;
  /** Last revision to answer (inclusive). */
  readonly to?: number;
  readonly direction?: 'forwards' | 'backwards';
  /** Exclusive, in both directions. Costs no reading of what came before. */
  readonly after?: Position;
  /** Events to answer at most. */
  readonly limit?: number;
}

export interface ReadAllOptions {
  /** Exclusive. */
  readonly after?: Position;
  /** Inclusive. */
  readonly upTo?: Position;
  readonly types?: readonly string[];
  readonly streamPrefix?: string;
  /** Events to answer at most. */
  readonly limit?: number;
}

export interface SubscribeOptions {
  /** Exclusive; from the beginning when absent. */
  readonly after?: Position;
  readonly types?: readonly string[];
  readonly streamPrefix?: string;
  /** Nobody goes by how far it is: where nothing passes the filter no head need be answered, so that a server sends no more than what does. */
  readonly eventsOnly?: boolean;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

export interface ReadByStreamOptions {
  readonly upTo: Position;
  readonly streamPrefix: string;
  /** One of several shares of about the same size; all of them together hold every stream once. All streams when absent. */
  readonly share?: StreamShare;
}

/** `index` counts from 0 to `of − 1`. */
export interface StreamShare {
  readonly index: number;
  readonly of: number;
}

/** An event as it is stored, before anybody looks into it. */
export interface RawEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly type: string;
  /** Hex. */
  readonly hash: string;
  /** The canonical JSON that the hash was made over, unless somebody changed it. */
  readonly text: string;
}

export interface ReadRawOptions {
  /** One stream; all of them when absent. */
  readonly stream?: string;
  /** `stream`: the events of one stream together and by revision, streams in any order. `position` when absent, unless it is one stream. */
  readonly order?: 'position' | 'stream';
  /** Exclusive. */
  readonly after?: Position;
  /** Inclusive. */
  readonly upTo?: Position;
  /** The last events of the log alone, so many of them. */
  readonly last?: number;
  /** Events to answer at most; costs no reading of more. */
  readonly limit?: number;
}

/** `head` is the position up to which everything that matches has been answered, so a checkpoint may move to it. */
export type SubscriptionItem<Event = DomainEvent> =
  | { readonly kind: 'batch'; readonly events: Batch<Event>; readonly head: Position }
  | { readonly kind: 'caughtUp'; readonly head: Position };

/** What not every engine guarantees. */
export interface LogGuarantees {
  /** Positions number the events from 1 without gaps, so that a gap is a missing event. */
  readonly numberedPositions: boolean;
  /** A command with a `commandHash` has events in one stream only: another stream is an IdempotencyConflict. */
  readonly oneStreamPerCommand: boolean;
  /** Whoever opened it for writing is the only one who appends until it is closed. */
  readonly oneWriter: boolean;
  /** An append may be of any size; elsewhere `AppendTooLarge` says what the limit is. */
  readonly largeAppends: boolean;
}

/** Of a log that several processes write, whose clocks differ. */
export interface LogClock {
  /** The latest `recordedAt` that was read here: nothing new is recorded before it. Empty before the first. */
  newestRecordedAt(): string;
  /** By how much the clock of this process is ahead of that of the server; negative where it is behind. */
  aheadMs(): number;
}

/** The reads of a log, and what belongs to them. */
export interface EventReads<Event> {
  readonly guarantees: LogGuarantees;
  /** Left out by engines that one process writes. */
  readonly clock?: LogClock;
  /** Empty for a stream that does not exist. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<Batch<Event>>;
  readAll(options?: ReadAllOptions): AsyncIterable<Batch<Event>>;
  /**
   * The events up to `upTo`, the events of one stream standing together and in order, streams in any order: what a rebuild wants.
   * Left out by engines that cannot do it faster than `readAll`.
   */
  readByStream?(options: ReadByStreamOptions): AsyncIterable<Batch<Event>>;
  /** For whoever vouches for what is stored: also what no other read could parse is answered. */
  readRaw(options?: ReadRawOptions): AsyncIterable<readonly RawEvent[]>;
  /** The event at this position; undefined where there is none. */
  eventAt(position: Position): Promise<Event | undefined>;
  /** How many events are after one position, up to another. Left out by engines that would have to read them. */
  count?(after: Position, upTo: Position): Promise<number>;
  /** Batches, then `caughtUp`, then live batches, for ever. The next batch is read when the last one has been taken. */
  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionItem<Event>>;
  /** Position of the last event; `ORIGIN` when the log is empty. */
  head(): Promise<Position>;
  /** Waits for what is under way, then lets go of the engine. */
  close(): Promise<void>;
}

/** What everyone uses: `openEventLog` makes it over the adapter of an engine. */
export interface EventLog<Event = DomainEvent> extends EventReads<Event> {
  /**
   * Atomic for all events of the call and durable when it returns. Appending the same events again at the same place is answered as
   * the first time: they are known by ids and hashes.
   * @throws WrongExpectedRevision when the stream is elsewhere, or another event is its last; nothing is appended
   * @throws IdempotencyConflict where it guarantees `oneStreamPerCommand`; nothing is appended
   * @throws AppendTooLarge where it does not guarantee `largeAppends`; nothing is appended
   * @throws EventLogUnavailable when the engine cannot be reached or is full; nothing is appended, unless it is an AppendUnknown
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;
}

export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  /** Both are null for a stream that does not exist. */
  constructor(
    readonly stream: string,
    readonly expected: number | null,
    readonly actual: number | null,
  ) {
    super(`stream is at revision ${actual ?? 'none'}, expected ${expected ?? 'none'}`);
  }
}

/** The same command id came with another body, or for another stream. */
export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict';
  constructor(
    readonly stream: string,
    readonly commandId: string,
  ) {
    super('this command id was used before for another command');
  }
}

/** The events of one append are larger together than the engine takes at once. */
export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
  constructor(
    readonly stream: string,
    readonly events: number,
    /** In bytes, where the engine says so. */
    readonly limit: number | undefined,
  ) {
    super(
      `${events === 1 ? 'an event is' : `${events} events of one append are together`} larger than the event log takes at once` +
        (limit === undefined ? '' : ` (${limit} bytes)`) +
        '; send less in one command, or raise --max-append-size of the server',
    );
  }
}

/** The log has no such position: it is of another log, or of a later state of this one. */
export class PositionUnknown extends Error {
  override readonly name = 'PositionUnknown';
  constructor(
    readonly position: string,
    reason: string,
  ) {
    super(`position ${position} is unknown to the event log: ${reason}; start again without a position, or from one that this log gave`);
  }
}

export class EventLogUnavailable extends Error {
  override readonly name: string = 'EventLogUnavailable';
}

/** The engine is there and holds no such log. */
export class EventLogMissing extends EventLogUnavailable {}

/** The engine knows who asks and does not let him in, or does not know him: trying again does not help. */
export class EventLogDenied extends EventLogUnavailable {
  override readonly name: string = 'EventLogDenied';
}

/** The engine failed while it made the events durable: they may be there, and may be seen only after the log was opened again. */
export class AppendUnknown extends EventLogUnavailable {
  constructor(reason: string, options?: ErrorOptions) {
    super(
      `unknown whether this was appended: ${reason}; repeat it with the same Idempotency-Key or source: ` +
        'what was appended is not appended twice',
      options,
    );
  }
}
