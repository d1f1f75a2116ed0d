import type { Batch, EventReads, ExpectedRevision, NewEvent, SealedFields, StoredEvent } from './event-log.js';

/** What is to be appended, and where. */
export interface Appending {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

/** The log as it is stored, for whoever has to know what it says of a subject. */
export type StoredStreams = Pick<EventReads<StoredEvent>, 'readStream'>;

/**
 * Encrypts the personal fields of what is appended and decrypts those of what is read; `libs/privacy` implements it. Both answer without a
 * promise where nothing has to be waited for.
 */
export interface PersonalFields {
  /** The events as they are to be stored. The same event object is answered with the same bytes. */
  seal(appending: Appending, stored: StoredStreams): readonly NewEvent[] | Promise<readonly NewEvent[]>;
  /**
   * The events with their personal fields. Those of an erased subject are absent; an event whose fields cannot be decrypted although nobody
   * was erased is marked as not understood, so that it stops nobody but its own stream.
   */
  open(events: Batch<StoredEvent>, stored: StoredStreams): Batch<StoredEvent> | Promise<Batch<StoredEvent>>;
}

const MEMBERS = ['ciphertext', 'commitment', 'keyId', 'nonce', 'subject'] as const satisfies readonly (keyof SealedFields)[];

/** Whether this is what an event may have as `sealed`. */
export const isSealed = (sealed: unknown): sealed is readonly SealedFields[] =>
  Array.isArray(sealed) &&
  sealed.length > 0 &&
  sealed.every((each) => typeof each === 'object' && each !== null && MEMBERS.every((member) => typeof each[member] === 'string'));
