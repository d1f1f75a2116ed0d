import type { SealedAppend } from './sealed-append.js';

/** What placing needs to know of a stream. */
export interface StreamSoFar {
  /** Revision of the last event, −1 where there is none. */
  readonly head: number;
  /** Its hash, that of no event where there is none. */
  readonly headHash: string;
  hashAt(revision: number): string | undefined;
}

export type Place =
  | { readonly kind: 'new' }
  /** Appended before, at this very place: the last revision of it. */
  | { readonly kind: 'repeated'; readonly last: number }
  | { readonly kind: 'rejected'; readonly actual: number | null };

/**
 * Where an append goes: after the event that it was made to follow, and no other that has come to stand there. The same hashes at the same place are a repetition, since a hash covers id, content and place; anything else
 * is rejected, because no answer to it would be true.
 */
export function place({ after, previousHash, events }: SealedAppend, stream: StreamSoFar): Place {
  if (after === stream.head && previousHash === stream.headHash) return { kind: 'new' };
  const last = after + events.length;
  const repeated = last <= stream.head && events.every(({ hash }, index) => stream.hashAt(after + 1 + index) === hash);
  return repeated ? { kind: 'repeated', last } : { kind: 'rejected', actual: stream.head < 0 ? null : stream.head };
}
