import { pause } from '#async';
import type { EventLog } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';
import { customerErased, relationshipPrefix } from '#relationship';

/** Looking after every commit would cost each command a query. */
const PAUSE_MS = 100;

/**
 * For whoever keeps something of customers in memory: calls `forget` with the stream of each who is erased from now on. Its key is forgotten by
 * the log, which decrypts nothing of it any more once the event was read.
 */
export const followErasures = async (
  log: Pick<EventLog, 'head' | 'subscribe'>,
  forget: (stream: string) => void,
): Promise<{ close(): Promise<void> }> => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const following = followDurably({
    after: await log.head(),
    items: (after) =>
      log.subscribe({ ...(after !== undefined && { after }), types: [customerErased.type], streamPrefix: relationshipPrefix, signal }),
    async take(item) {
      if (item.kind === 'batch') for (const { stream } of item.events) forget(stream);
      await pause(PAUSE_MS, signal);
    },
    failed: () => undefined,
    signal,
    // What is broken for good here breaks the references, too, which end the thread.
  }).catch(() => undefined);
  return {
    async close() {
      stopping.abort();
      await following;
    },
  };
};
