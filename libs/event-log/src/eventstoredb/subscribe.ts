import { createBackoff, pause } from '#async';
import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import {
  EventLogDenied,
  ORIGIN,
  type Position,
  PositionUnknown,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '../event-log.js';
import { failureOf, unavailable } from './failures.js';
import { head } from './head.js';
import type { Lives } from './live.js';
import type { LogState } from './log-state.js';
import { type Found, mustNotBePast, ofAll } from './reads.js';
import { bytesOf, storedEvent, typeOf } from './wire-events.js';

/** A checkpoint moves at least this often, however little passes the filter. */
const QUIET = 5_000;
/** Then the subscription ends with EventLogUnavailable, and whoever follows the log tries again in its own time. */
const FAILURES = 5;
const PAUSES = { firstMs: 50, longestMs: 2_000 };

type Item = SubscriptionItem<StoredEvent>;

/**
 * Reads up to where the log ends, and then takes what the one subscription of all subscribers has; whoever is too far behind it reads again. The server
 * ends subscriptions as it likes: with an error, and without one. Whatever it was, it goes on behind the last event that was taken.
 */
export async function* subscribe(state: LogState, lives: Lives, options: SubscribeOptions): AsyncGenerator<Item> {
  const signal = options.signal ? AbortSignal.any([options.signal, state.closing]) : state.closing;
  const { types, streamPrefix = '', eventsOnly = false } = options;
  // Filtered here, mostly: it is by the events that do not pass that it is known how far it is.
  const prefix = eventsOnly ? streamPrefix : '';
  const isWanted = ({ stream, event }: Found) => stream.startsWith(streamPrefix) && types?.includes(typeOf(event)) !== false;
  const backoff = createBackoff(PAUSES);
  let at: Position = options.after ?? ORIGIN;
  let caughtUp = false;

  async function* batches(all: AsyncIterable<Found> | readonly Found[], end: Position): AsyncGenerator<Item> {
    let events: StoredEvent[] = [];
    let [bytes, quiet, seen] = [0, 0, at];
    const batch = (reached: Position): Item => {
      const item: Item = { kind: 'batch', events, head: reached };
      [events, bytes, quiet, at] = [[], 0, 0, reached];
      return item;
    };
    for await (const found of all) {
      if (signal.aborted) return;
      if (isWanted(found)) {
        const size = bytesOf(found.event);
        if (events.length > 0 && (events.length === BATCH_EVENTS || bytes + size > BATCH_CHARACTERS)) yield batch(seen);
        events.push(found.stored ?? storedEvent(found.event, found.stream, found.position));
        bytes += size;
      }
      seen = found.position;
      quiet += 1;
      if (quiet === QUIET) yield batch(seen);
    }
    if (events.length > 0 || (caughtUp && end > at)) yield batch(end);
    at = end;
  }

  while (!signal.aborted) {
    let joined: ReturnType<Lives['join']> | undefined;
    try {
      state.placeOf(at);
      let end = await head(state);
      mustNotBePast(end, at);
      joined = lives.join(prefix, end);
      const { live } = joined;
      for (;;) {
        for await (const item of batches(live.between(at, end) ?? ofAll(state, at, end, prefix), end)) {
          yield item;
          if (signal.aborted) return;
          backoff.gettingOn();
        }
        if (signal.aborted) return;
        if (!caughtUp) {
          caughtUp = true;
          yield { kind: 'caughtUp', head: at };
        }
        await live.grown(at, signal);
        if (signal.aborted) return;
        end = live.reached();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof PositionUnknown || error instanceof EventLogDenied) throw error;
      if (joined?.live.isOn()) backoff.gettingOn();
      const { failures, waitMs } = failureOf(error) === 'slow' ? { failures: 0, waitMs: 50 } : backoff.failed();
      if (failures >= FAILURES) throw unavailable(error, state.following.server);
      await pause(waitMs * (0.5 + Math.random()), signal);
    } finally {
      joined?.leave();
    }
  }
}
