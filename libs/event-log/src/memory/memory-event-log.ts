import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLogAdapter } from '../adapter.js';
import { createAppendNotifier } from '../append-notifier.js';
import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import { NO_PREVIOUS_HASH } from '../content-hash.js';
import {
  type Batch,
  EventLogUnavailable,
  IdempotencyConflict,
  ORIGIN,
  type RawEvent,
  type ReadStreamOptions,
  type StoredEvent,
  WrongExpectedRevision,
} from '../event-log.js';
import { type Filter, follow, type Page, readThrough, type Tail } from '../following.js';
import { parsedEvent, unreadableEvent } from '../not-understood.js';
import { countBetween, countOf, toCount, toPosition } from '../position.js';
import { checkRevision } from '../revision-check.js';
import { revisionRange } from '../revision-range.js';
import { commandsOf, type SerializedEvent } from '../serialized-append.js';
import { createYielder } from '../yielding.js';

interface Entry extends SerializedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly count: number;
}

/** Entries looked at before others get their turn. */
const PAGE = 4_000;

/** Keeps texts, not objects: every reader gets events of its own, and what cannot be JSON cannot be appended, as on disk. */
export function openMemoryEventLog(): EventLogAdapter {
  const all: Entry[] = [];
  const streams = new Map<string, Entry[]>();
  const streamOfCommand = new Map<string, string>();
  const notifier = createAppendNotifier();
  const yieldTurn = createYielder();
  let closed = false;

  const tail: Tail = {
    head: () => all.length,
    page: (after, upTo, filter) => page(all, after, upTo, filter),
    appendedBeyond: (count, signal) => notifier.beyond(count, signal),
    get closed() {
      return closed;
    },
  };

  return {
    identity: `memory:${randomUUID()}`,
    guarantees: { numberedPositions: true, oneStreamPerCommand: true, oneWriter: true, largeAppends: true },

    async append(wanted) {
      if (closed) throw new EventLogUnavailable('the event log is closed');
      const { stream, after, events: serialized } = wanted;
      const entries = streams.get(stream) ?? [];
      const { hash } = serialized.at(-1)!;
      const found = checkRevision(wanted, {
        head: entries.length - 1,
        headHash: entries.at(-1)?.hash ?? NO_PREVIOUS_HASH,
        hashAt: (revision) => entries[revision]?.hash,
      });
      if (found.kind === 'rejected') throw new WrongExpectedRevision(stream, after < 0 ? null : after, found.actual);
      if (found.kind === 'repeated') return { revision: found.last, position: toPosition(entries[found.last]!.count), hash };
      const commands = commandsOf(serialized);
      for (const command of commands) {
        if ((streamOfCommand.get(command) ?? stream) !== stream) throw new IdempotencyConflict(stream, command);
      }
      for (const command of commands) streamOfCommand.set(command, stream);
      for (const event of serialized) {
        const entry = { ...event, stream, revision: entries.length, count: all.length + 1 };
        entries.push(entry);
        all.push(entry);
      }
      streams.set(stream, entries);
      notifier.appended(all.length);
      const result = { revision: entries.length - 1, position: toPosition(all.length), hash };
      await yieldTurn();
      return result;
    },

    async *readStream(stream, options: ReadStreamOptions = {}) {
      await yieldTurn();
      const { low, high, backwards } = revisionRange(options);
      const { after = ORIGIN, limit } = options;
      const wanted = (streams.get(stream) ?? []).slice(low, high + 1).filter(({ count }) => count > toCount(after));
      if (backwards) wanted.reverse();
      yield* batches(wanted.slice(0, limit), recorded);
    },

    readAll: (options = {}) => readThrough(tail, options),

    async *readByStream({ upTo, streamPrefix, share = { index: 0, of: 1 } }) {
      for (const [number, [stream, entries]] of [...streams].entries()) {
        if (!stream.startsWith(streamPrefix) || number % share.of !== share.index) continue;
        const wanted = entries.filter(({ count }) => count <= toCount(upTo));
        yield* batches(wanted, recorded);
      }
    },

    async *readRaw({
      stream,
      order,
      last,
      after = last ? toPosition(Math.max(0, all.length - last)) : ORIGIN,
      upTo = toPosition(all.length),
      limit,
    } = {}) {
      const chosen = stream !== undefined ? (streams.get(stream) ?? []) : order === 'stream' ? [...streams.values()].flat() : all;
      const found = chosen.filter(({ count }) => count > toCount(after) && count <= toCount(upTo));
      yield* batches(found.slice(0, limit), raw);
    },

    async eventAt(position) {
      const entry = all[(countOf(position) ?? 0) - 1];
      return entry && recorded(entry);
    },
    count: async (after, upTo) => countBetween(after, upTo, all.length),
    subscribe: (options = {}) => follow(tail, options),
    head: async () => toPosition(all.length),
    async close() {
      closed = true;
      notifier.end();
    },
  };
}

function page(all: readonly Entry[], after: number, upTo: number, { types, streamPrefix = '', limit = BATCH_EVENTS }: Filter): Page {
  const events: StoredEvent[] = [];
  const end = Math.min(upTo, all.length, after + PAGE);
  let reached = after;
  let characters = 0;
  for (; reached < end && events.length < Math.min(limit, BATCH_EVENTS); reached++) {
    const entry = all[reached]!;
    if (!entry.stream.startsWith(streamPrefix) || types?.includes(entry.type) === false) continue;
    characters += entry.text.length;
    if (characters > BATCH_CHARACTERS && events.length > 0) break;
    events.push(recorded(entry));
  }
  return { events: events satisfies Batch<StoredEvent>, reached };
}

/** Others get their turn between two batches. */
async function* batches<Item>(entries: readonly Entry[], read: (entry: Entry) => Item): AsyncGenerator<Batch<Item>> {
  for (let from = 0, at = 0; at < entries.length; from = at) {
    if (at > 0) await nextTurn();
    let characters = 0;
    do characters += entries[at++]!.text.length;
    while (at < entries.length && at - from < BATCH_EVENTS && characters + entries[at]!.text.length <= BATCH_CHARACTERS);
    yield entries.slice(from, at).map(read);
  }
}

function recorded(entry: Entry): StoredEvent {
  const event = parsedEvent(entry.text);
  if (event === undefined) return unreadableEvent(raw(entry));
  return { ...event, revision: entry.revision, position: toPosition(entry.count), hash: entry.hash };
}

function raw({ stream, revision, count, type, hash, text }: Entry): RawEvent {
  return { stream, revision, position: toPosition(count), type, hash, text };
}
