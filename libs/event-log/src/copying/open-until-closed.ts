import { delegating } from '../delegating.js';
import type { EventLog } from '../event-log.js';
import { followDurably } from '../follow-durably.js';
import { assertOpen, closedBy, LOG_STREAM, logClosed } from './log-closed.js';

const closing = { types: [logClosed.type], streamPrefix: LOG_STREAM, eventsOnly: true };

/**
 * For whoever appends. Where others may append too, one of them may close the log: it is followed, and nothing is appended from then on.
 * @throws EventLogClosed
 */
export async function openUntilClosed(log: EventLog): Promise<EventLog> {
  const head = await log.head();
  await assertOpen(log);
  if (log.guarantees.oneWriter) return log;
  let closed: unknown;
  const ending = new AbortController();
  const following = followDurably({
    after: head,
    items: (after) => log.subscribe({ ...(after !== undefined && { after }), ...closing, signal: ending.signal }),
    take(item) {
      const event = item.kind === 'batch' ? item.events.at(-1) : undefined;
      if (event) closed = closedBy(event);
    },
    // What is wrong with the log, an append reports.
    failed: () => undefined,
    signal: ending.signal,
  }).catch((error: unknown) => {
    // Whether it was closed is no longer known.
    closed = error;
  });
  return delegating(log, {
    async append(stream, expected, events) {
      if (closed) throw closed;
      return log.append(stream, expected, events);
    },
    async close() {
      ending.abort();
      await following;
      await log.close();
    },
  });
}
