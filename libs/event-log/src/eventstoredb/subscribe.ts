import { setTimeout as sleep } from 'node:timers/promises';
import { createBackoff, pause } from '#async';
import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import {
  EventLogDenied,
  EventLogUnavailable,
  ORIGIN,
  type Position,
  PositionUnknown,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '../event-log.js';
import { failureOf, unavailable } from './failures.js';
import { isBegin } from './head.js';
import { incoming } from './incoming.js';
import type { LogState } from './log-state.js';
import { asPositionFault, eventAt, mustBeIn } from './reads.js';
import { bytesOf, storedEvent, streamOf, typeOf } from './wire-events.js';

/** A checkpoint moves at least this often, however little passes the filter. */
const QUIET = 5_000;
/** Then the subscription ends with EventLogUnavailable, and whoever follows the log tries again in its own time. */
const FAILURES = 5;
const PAUSES = { firstMs: 50, longestMs: 2_000 };

type Item = SubscriptionItem<StoredEvent>;

/**
 * The server ends subscriptions as it likes: where a subscriber is slow, with an error, and without one. Whatever it was, the next one begins after
 * the last event that was taken. What the server says of how far it has looked is not gone by: it was wrong in several versions.
 */
export async function* subscribe(state: LogState, options: SubscribeOptions): AsyncGenerator<Item> {
  const signal = options.signal ? AbortSignal.any([options.signal, state.closing]) : state.closing;
  const { types, streamPrefix = '', eventsOnly = false } = options;
  // Filtered here, mostly: it is by the events that do not pass that it is known how far it is.
  const prefix = eventsOnly ? state.prefix + streamPrefix : state.prefix;
  const backoff = createBackoff(PAUSES);
  let at: Position = options.after ?? ORIGIN;
  let answered = at;
  let quiet = 0;
  let caughtUp = false;
  let events: StoredEvent[] = [];
  let bytes = 0;

  const batch = (): Item => {
    const item: Item = { kind: 'batch', events, head: at };
    events = [];
    bytes = 0;
    quiet = 0;
    answered = at;
    return item;
  };

  for (let first = true; !signal.aborted; first = false) {
    let live = false;
    let failure: unknown;
    try {
      await mustBeIn(state, at, first);
      const from = state.placeOf(at) ?? state.begin;
      for await (const messages of incoming(state.following, { from, prefix }, { leader: false, signal })) {
        backoff.gettingOn();
        for (const message of messages) {
          const event = message.getEvent()?.getEvent();
          if (event && !isBegin(state, event)) {
            const position = state.positionOf(event);
            if (position <= at) continue;
            const stream = streamOf(event).slice(state.prefix.length);
            if (stream.startsWith(streamPrefix) && types?.includes(typeOf(event)) !== false) {
              const size = bytesOf(event);
              if (events.length > 0 && (events.length === BATCH_EVENTS || bytes + size > BATCH_CHARACTERS)) {
                yield batch();
                if (signal.aborted) return;
              }
              events.push(storedEvent(event, stream, position));
              bytes += size;
            }
            at = position;
            quiet += 1;
          } else if (message.hasCaughtUp()) {
            live = true;
            if (events.length > 0) yield batch();
            if (signal.aborted) return;
            if (!caughtUp) {
              caughtUp = true;
              answered = at;
              yield { kind: 'caughtUp', head: at };
              if (signal.aborted) return;
            }
          }
        }
        if (at > answered && (events.length > 0 ? live : live || quiet >= QUIET)) yield batch();
        if (signal.aborted) return;
      }
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    // What came before the end is taken now: the next subscription begins behind it.
    if (events.length > 0) yield batch();
    if (failure === undefined || failureOf(failure) === 'slow') await sleep(Math.random() * 50);
    else {
      const fault = await faultOf(state, failure, at);
      if (fault instanceof PositionUnknown || fault instanceof EventLogDenied) throw fault;
      const { failures, waitMs } = backoff.failed();
      if (failures >= FAILURES) throw fault instanceof EventLogUnavailable ? fault : failure;
      await pause(waitMs * (0.5 + Math.random()), signal);
    }
  }
}

/** The server has one error for a position that is none and for faults of its own. */
async function faultOf(state: LogState, failure: unknown, at: Position): Promise<Error> {
  if (failure instanceof PositionUnknown) return failure;
  const isThere = failureOf(failure) === 'no-position' && (await eventAt(state, at).catch(() => undefined)) !== undefined;
  return isThere ? unavailable(failure, state.following.server) : asPositionFault(state, failure, at);
}
