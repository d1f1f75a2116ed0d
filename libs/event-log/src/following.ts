import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Batch, ORIGIN, type ReadAllOptions, type StoredEvent, type SubscribeOptions, type SubscriptionItem } from './event-log.js';
import { toCount, toPosition } from './position.js';

export interface Filter {
  readonly types?: readonly string[] | undefined;
  readonly streamPrefix?: string | undefined;
  /** Of a batch, where it is lower than what a batch holds at most. */
  readonly limit?: number | undefined;
}

/** A page of the global order: the events in it that pass the filter, and the count up to which it was looked through. */
export interface Page {
  readonly events: Batch<StoredEvent>;
  readonly reached: number;
}

/** What an embedded log gives so that it can be read through and followed. */
export interface Tail {
  /** The count of the last event, as seen now. */
  head(): number;
  /** Looks through a bounded page of (after, upTo]. */
  page(after: number, upTo: number, filter: Filter): Page;
  /** Resolves when there is something after `count`, when the signal fires and when the log is closed. */
  appendedBeyond(count: number, signal: AbortSignal | undefined): Promise<void>;
  readonly closed: boolean;
}

/** A checkpoint moves at least this often however little passes the filter. */
const QUIET_PAGE = 50_000;

/** Ends at the head of the moment it was called: a reader is not kept busy by writers. */
export async function* readThrough(tail: Tail, options: ReadAllOptions): AsyncGenerator<Batch<StoredEvent>> {
  let at = toCount(options.after ?? ORIGIN);
  let left = options.limit ?? Number.MAX_SAFE_INTEGER;
  const end = Math.min(tail.head(), options.upTo === undefined ? Number.MAX_SAFE_INTEGER : toCount(options.upTo));
  await nextTurn();
  while (at < end && left > 0) {
    const { events, reached } = tail.page(at, end, { ...options, limit: left });
    at = reached;
    left -= events.length;
    if (events.length > 0) yield events;
    if (at < end && left > 0) await nextTurn();
  }
}

export async function* follow(tail: Tail, options: SubscribeOptions): AsyncGenerator<SubscriptionItem<StoredEvent>> {
  const { signal } = options;
  let at = toCount(options.after ?? ORIGIN);
  let answered = at;
  let live = false;
  const ended = () => signal?.aborted || tail.closed;
  while (!ended()) {
    const end = tail.head();
    if (at < end) {
      const { events, reached } = tail.page(at, end, options);
      at = reached;
      if (events.length > 0 || at - answered >= QUIET_PAGE || (live && at === end)) {
        answered = at;
        yield { kind: 'batch', events, head: toPosition(at) };
      }
      await nextTurn();
    } else if (!live) {
      live = true;
      answered = at;
      yield { kind: 'caughtUp', head: toPosition(at) };
    } else {
      await tail.appendedBeyond(at, signal);
    }
  }
}
