import type { SerializedAppend, SerializedEvent } from '../serialized-append.js';

/** Positions are counts here. */
export type Outcome =
  | { readonly kind: 'done'; readonly revision: number; readonly position: number }
  | { readonly kind: 'rejected'; readonly actual: number | null }
  | { readonly kind: 'conflict'; readonly command: string }
  | Failed;

/** `unavailable`: nothing was appended. `unknown`: it failed at COMMIT, and what reached the disk may be found after a crash. */
export interface Failed {
  readonly kind: 'unavailable' | 'unknown';
  readonly reason: string;
}

export interface CommitBatch {
  readonly outcomes: readonly Outcome[];
  /** Count of the last event after the batch. */
  readonly head: number;
}

/** Batches cross the thread as flat arrays: cloning one long array is several times cheaper than cloning a tree of objects. */
export type Flat = (string | number | null)[];

export function flattenAppends(appends: readonly SerializedAppend[]): Flat {
  const flat: Flat = [];
  for (const { stream, after, previousHash, events } of appends) {
    flat.push(stream, after, previousHash, events.length);
    for (const { type, text, hash, command } of events) flat.push(type, text, hash, command);
  }
  return flat;
}

export function unflattenAppends(flat: Flat): SerializedAppend[] {
  const appends: SerializedAppend[] = [];
  let at = 0;
  while (at < flat.length) {
    const stream = flat[at++] as string;
    const after = flat[at++] as number;
    const previousHash = flat[at++] as string;
    const events: SerializedEvent[] = [];
    for (let left = flat[at++] as number; left > 0; left--) {
      events.push({
        type: flat[at++] as string,
        text: flat[at++] as string,
        hash: flat[at++] as string,
        command: flat[at++] as string | null,
      });
    }
    appends.push({ stream, after, previousHash, events });
  }
  return appends;
}

export function flattenBatch({ outcomes, head }: CommitBatch): Flat {
  const flat: Flat = [head];
  for (const outcome of outcomes) {
    if (outcome.kind === 'done') flat.push('d', outcome.revision, outcome.position);
    else if (outcome.kind === 'rejected') flat.push('r', outcome.actual, null);
    else if (outcome.kind === 'conflict') flat.push('c', outcome.command, null);
    else flat.push(outcome.kind === 'unknown' ? '?' : 'u', outcome.reason, null);
  }
  return flat;
}

export function unflattenBatch(flat: Flat): CommitBatch {
  const outcomes: Outcome[] = [];
  for (let at = 1; at < flat.length; at += 3) {
    const [kind, first, second] = [flat[at], flat[at + 1], flat[at + 2]];
    if (kind === 'd') outcomes.push({ kind: 'done', revision: first as number, position: second as number });
    else if (kind === 'r') outcomes.push({ kind: 'rejected', actual: first as number | null });
    else if (kind === 'c') outcomes.push({ kind: 'conflict', command: first as string });
    else outcomes.push({ kind: kind === '?' ? 'unknown' : 'unavailable', reason: first as string });
  }
  return { outcomes, head: flat[0] as number };
}
