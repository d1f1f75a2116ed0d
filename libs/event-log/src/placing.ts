import type { ExpectedRevision } from './event-log.js';

/** What placing needs to know of a stream. */
export interface StreamSoFar {
  /** Revision of the last event, −1 where there is none. */
  readonly head: number;
  idAt(revision: number): string;
  revisionOf(id: string): number | undefined;
}

export type Place =
  | { readonly kind: 'new'; readonly first: number }
  /** Appended before, at this very place: the last revision of it. */
  | { readonly kind: 'repeated'; readonly last: number }
  | { readonly kind: 'refused'; readonly actual: number | null };

/**
 * Where an append goes. The same ids at the same place are a repetition; an overlap of some of them, in another order or at
 * another place is refused, because no answer to it would be true.
 */
export function place(expected: ExpectedRevision, ids: readonly string[], stream: StreamSoFar): Place {
  if (expected === 'any') return placeAnywhere(ids, stream);
  const after = expected === 'none' ? -1 : expected;
  if (after === stream.head) return { kind: 'new', first: after + 1 };
  return repeated(after + 1, ids, stream) ?? refused(stream);
}

/** A number answers from the head alone; `any` has to look through the whole stream for each id. */
function placeAnywhere(ids: readonly string[], stream: StreamSoFar): Place {
  for (const [index, id] of ids.entries()) {
    const found = stream.revisionOf(id);
    if (found !== undefined) return repeated(found - index, ids, stream) ?? refused(stream);
  }
  return { kind: 'new', first: stream.head + 1 };
}

function repeated(first: number, ids: readonly string[], stream: StreamSoFar): Place | undefined {
  const last = first + ids.length - 1;
  if (first < 0 || last > stream.head) return undefined;
  return ids.every((id, index) => stream.idAt(first + index) === id) ? { kind: 'repeated', last } : undefined;
}

function refused(stream: StreamSoFar): Place {
  return { kind: 'refused', actual: stream.head < 0 ? null : stream.head };
}
