import type { Position } from '../event-log.js';
import { failed } from './append-calls.js';
import { failureOf } from './failures.js';
import { isBegin } from './head.js';
import { listen, type Message } from './incoming.js';
import type { LogState } from './log-state.js';
import { type Found, faultAt } from './reads.js';
import { bytesOf, storedEvent, streamOf } from './wire-events.js';

/** What comes to the log now: one subscription of the server for all who follow it here. */
export interface Live {
  /** Up to where it has come; at first where it began. */
  reached(): Position;
  /** What came behind a position up to another one; undefined where it does not have all of that. */
  between(after: Position, upTo: Position): readonly Found[] | undefined;
  /**
   * Resolves when something came behind the position, and when the signal fires.
   * @throws when the subscription has ended, which the server does as it likes
   */
  grown(position: Position, signal: AbortSignal): Promise<void>;
  /** The server has confirmed it. */
  isOn(): boolean;
}

export type Lives = ReturnType<typeof createLives>;

/** For subscribers that are a little behind; those further behind read. */
const KEPT_EVENTS = 2_000;
const KEPT_BYTES = 8_000_000;

/** One for each prefix of streams, while somebody follows it. */
export function createLives(state: LogState) {
  const lives = new Map<string, ReturnType<typeof begin>>();

  function begin(streamPrefix: string, end: Position) {
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, state.closing]);
    const forget = () => {
      if (lives.get(streamPrefix) === begun) lives.delete(streamPrefix);
    };
    const begun = {
      live: follow(state, state.prefix + streamPrefix, end, signal, forget),
      followers: 0,
      stop() {
        forget();
        stopping.abort();
      },
    };
    lives.set(streamPrefix, begun);
    return begun;
  }

  return {
    /** @param end of the log: whoever is the first begins there */
    join(streamPrefix: string, end: Position): { readonly live: Live; readonly leave: () => void } {
      const joined = lives.get(streamPrefix) ?? begin(streamPrefix, end);
      joined.followers += 1;
      return {
        live: joined.live,
        leave() {
          joined.followers -= 1;
          if (joined.followers === 0) joined.stop();
        },
      };
    },
  };
}

function follow(state: LogState, prefix: string, begin: Position, signal: AbortSignal, forget: () => void): Live {
  const kept: { readonly found: Found; readonly bytes: number }[] = [];
  let bytes = 0;
  let [from, reached] = [begin, begin];
  let isOn = false;
  let ended: { readonly error: unknown } | undefined;
  const waiting = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of waiting) wake();
  };

  function take(message: Message): void {
    isOn = true;
    const event = message.getEvent()?.getEvent();
    if (!event || isBegin(state, event)) return;
    const position = state.positionOf(event);
    if (position <= reached) return;
    const stream = streamOf(event).slice(state.prefix.length);
    const size = bytesOf(event);
    kept.push({ found: { event, stream, position, stored: storedEvent(event, stream, position) }, bytes: size });
    bytes += size;
    reached = position;
    if (kept.length > KEPT_EVENTS || bytes > KEPT_BYTES) {
      for (const { found, bytes: less } of kept.splice(0, Math.ceil(kept.length / 2))) {
        from = found.position;
        bytes -= less;
      }
    }
    // What comes together is taken together.
    setImmediate(wakeAll);
  }

  const read = { from: state.placeOf(begin) ?? state.begin, prefix };
  void listen(state.following, read, take, signal)
    .then(() => failed(14, 'the server ended a subscription'))
    .catch((error: unknown) => (failureOf(error) === 'slow' ? error : faultAt(state, error, reached)))
    .then((error) => {
      ended = { error };
      forget();
      wakeAll();
    });

  return {
    reached: () => reached,
    between(after, upTo) {
      if (after < from || upTo > reached) return undefined;
      const isUpTo = (position: Position) => (each: (typeof kept)[number]) => each.found.position <= position;
      return kept.slice(kept.findLastIndex(isUpTo(after)) + 1, kept.findLastIndex(isUpTo(upTo)) + 1).map(({ found }) => found);
    },
    async grown(position, unlessStopped) {
      while (reached <= position && !unlessStopped.aborted) {
        if (ended) throw ended.error;
        const { promise, resolve: wake } = Promise.withResolvers<void>();
        const stop = () => wake();
        waiting.add(wake);
        unlessStopped.addEventListener('abort', stop);
        await promise;
        waiting.delete(wake);
        unlessStopped.removeEventListener('abort', stop);
      }
    },
    isOn: () => isOn,
  };
}
