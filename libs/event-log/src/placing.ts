/** What placing needs to know of a stream. */
export interface StreamSoFar {
  /** Revision of the last event, −1 where there is none. */
  readonly head: number;
  hashAt(revision: number): string | undefined;
}

export type Place =
  | { readonly kind: 'new' }
  /** Appended before, at this very place: the last revision of it. */
  | { readonly kind: 'repeated'; readonly last: number }
  | { readonly kind: 'refused'; readonly actual: number | null };

/**
 * Where an append goes. The same hashes at the same place are a repetition, since a hash covers id, content and place; anything else
 * is rejected, because no answer to it would be true.
 */
export function place(after: number, hashes: readonly string[], stream: StreamSoFar): Place {
  if (after === stream.head) return { kind: 'new' };
  const last = after + hashes.length;
  const repeated = last <= stream.head && hashes.every((hash, index) => stream.hashAt(after + 1 + index) === hash);
  return repeated ? { kind: 'repeated', last } : { kind: 'refused', actual: stream.head < 0 ? null : stream.head };
}
