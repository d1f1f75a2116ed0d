import type { SerializedAppend } from './serialized-append.js';

/** What the check needs to know of a stream. */
export interface StreamSoFar {
  /** Revision of the last event, −1 where there is none. */
  readonly head: number;
  /** Its hash, that of no event where there is none. */
  readonly headHash: string;
  hashAt(revision: number): string | undefined;
}

export type RevisionCheck =
  | { readonly kind: 'new' }
  /** Appended before: its last revision. */
  | { readonly kind: 'repeated'; readonly last: number }
  | { readonly kind: 'rejected'; readonly actual: number | null };

/**
 * `new`: the append follows the last event of the stream. `repeated`: the same hashes are stored at the same revisions; a hash covers id,
 * content and revision, so it is a repetition. Anything else is rejected.
 */
export function checkRevision({ after, previousHash, events }: SerializedAppend, stream: StreamSoFar): RevisionCheck {
  if (after === stream.head && previousHash === stream.headHash) return { kind: 'new' };
  const last = after + events.length;
  const repeated = last <= stream.head && events.every(({ hash }, index) => stream.hashAt(after + 1 + index) === hash);
  return repeated ? { kind: 'repeated', last } : { kind: 'rejected', actual: stream.head < 0 ? null : stream.head };
}
