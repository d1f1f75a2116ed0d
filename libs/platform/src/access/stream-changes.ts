import { LRUCache } from 'lru-cache';
import type { EventLog, Position } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';

/** Which streams have gained events, as far as this process has followed the log. */
export interface StreamChanges {
  /** Whether the stream may have gained events after a position, up to another one; true where that is not known. */
  mayHaveChanged(stream: string, after: Position, upTo: Position): boolean;
  close(): Promise<void>;
}

export interface StreamChangesOptions {
  readonly log: Pick<EventLog, 'head' | 'subscribe'>;
  readonly streamPrefix: string;
  /** 100,000 by default. */
  readonly mostStreams?: number;
}

/**
 * Spares the reading of what is kept and has not changed. Nobody waits for it: of what it has not followed yet, or no more, it says that it may
 * have changed.
 */
export const followStreamChanges = async ({ log, streamPrefix, mostStreams = 100_000 }: StreamChangesOptions): Promise<StreamChanges> => {
  /** All changes after it are known up to `at`. */
  let since = await log.head();
  let at = since;
  const changed = new LRUCache<string, Position>({
    max: mostStreams,
    dispose(position, _, reason) {
      if (reason === 'evict' && position > since) since = position;
    },
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const following = followDurably({
    after: at,
    items: (after) => log.subscribe({ ...(after !== undefined && { after }), streamPrefix, signal }),
    take(item) {
      if (item.kind === 'batch') for (const { stream, position } of item.events) changed.set(stream, position);
      at = item.head;
    },
    failed: () => undefined,
    signal,
    // Whatever it broke with, what comes after it counts as changed.
  }).catch(() => undefined);
  return {
    mayHaveChanged: (stream, after, upTo) => after < since || upTo > at || (changed.peek(stream) ?? after) > after,
    async close() {
      stopping.abort();
      await following;
    },
  };
};
