import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { EventLogAdapter } from '../adapter.js';
import { createAppendNotifier } from '../append-notifier.js';
import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import { EventLogUnavailable, type ReadStreamOptions, type StoredEvent } from '../event-log.js';
import { follow, readThrough, type Tail } from '../following.js';
import { countBetween, countOf, toCount, toExactCount, toPosition } from '../position.js';
import { revisionRange } from '../revision-range.js';
import { createYielder } from '../yielding.js';
import { openCommitsHere } from './commit-here.js';
import { openCommitQueue } from './commit-queue.js';
import { openForReading, openForWriting, opening, reading, type SchemaUpgrade, type WriterOptions } from './open-database.js';
import { createReader, type RawPlace, raw } from './reader.js';
import type { CommitQueue } from './waiting.js';
import { takeWriterLock } from './writer-lock.js';

export interface SqliteEventLogOptions extends WriterOptions {
  /** Reads beside the one process that writes. */
  readonly readOnly?: boolean | undefined;
  /** Commits in the calling thread. */
  readonly commitHere?: boolean | undefined;
  /** The file was of an older schema, and is of this one now. */
  readonly onUpgraded?: ((upgrade: SchemaUpgrade) => void) | undefined;
}

/** How soon appends of another process are seen. */
const POLL_MS = 15;

export function openSqliteEventLog(name: string, options: SqliteEventLogOptions = {}): EventLogAdapter {
  const file = existsSync(name) ? realpathSync(name) : path.resolve(name);
  const writing = options.readOnly ? undefined : openWriting(file, options, (head) => notifier.appended(head));
  const db = openForReading(file);
  const reader = createReader(db);
  const streamIds = new LRUCache<string, number>({ max: 50_000 });
  const yieldTurn = createYielder();
  let closed = false;
  let poll: NodeJS.Timeout | undefined;

  const notifier = createAppendNotifier((wanted) => {
    clearInterval(poll);
    if (wanted) poll = setInterval(look, POLL_MS);
  });

  function look(): void {
    try {
      notifier.appended(live(reader.head));
    } catch {
      // Nobody would hear it here: whoever waits looks for himself, and meets the same fault in his own read or finds it gone.
      notifier.appended(Number.POSITIVE_INFINITY);
    }
  }

  function idOf(stream: string): number | undefined {
    const known = streamIds.get(stream) ?? reader.streamId(stream);
    if (known !== undefined) streamIds.set(stream, known);
    return known;
  }

  function live<T>(read: () => T): T {
    if (closed) throw new EventLogUnavailable('the event log is closed');
    return reading(file, read);
  }

  const tail: Tail = {
    head: () => live(reader.head),
    page: (after, upTo, filter) => live(() => reader.page(after, upTo, filter)),
    async appendedBeyond(count, signal) {
      if (!closed && live(reader.head) <= count) await notifier.beyond(count, signal);
    },
    get closed() {
      return closed;
    },
  };

  return {
    identity: `sqlite:${file}`,
    guarantees: { numberedPositions: true, oneStreamPerCommand: true, oneWriter: true, largeAppends: true },

    async append(append) {
      if (!writing) throw new EventLogUnavailable('the event log was opened read-only');
      return writing.append(append);
    },

    async *readStream(stream, readOptions: ReadStreamOptions = {}) {
      await yieldTurn();
      const id = live(() => idOf(stream));
      if (id === undefined) return;
      let { low, high, backwards } = revisionRange(readOptions);
      const { after, limit = Number.MAX_SAFE_INTEGER } = readOptions;
      const first = after === undefined ? 0 : live(() => reader.revisionAfter(id, toCount(after)));
      low = Math.max(low, first);
      for (let left = limit; low <= high && left > 0; ) {
        const { rows, more } = live(() => reader.ofStream(id, low, high, backwards, Number.MAX_SAFE_INTEGER, left));
        if (rows.length > 0) yield rows.map(reader.recorded);
        left -= rows.length;
        if (!more) return;
        const last = rows.at(-1)![1];
        if (backwards) high = last - 1;
        else low = last + 1;
        await nextTurn();
      }
    },

    readAll: (readOptions = {}) => readThrough(tail, readOptions),

    async *readByStream({ upTo, streamPrefix, share = { index: 0, of: 1 } }) {
      const end = toCount(upTo);
      let batch: StoredEvent[] = [];
      let characters = 0;
      let ids = live(() => reader.streamIds(0, streamPrefix, share));
      while (ids.length > 0) {
        for (const id of ids) {
          for (let low = 0, more = true; more; ) {
            const found = live(() => reader.ofStream(id, low, Number.MAX_SAFE_INTEGER, false, end));
            for (const row of found.rows) {
              const full = batch.length === BATCH_EVENTS || characters + row[3].length > BATCH_CHARACTERS;
              if (full && batch.length > 0) {
                yield batch;
                batch = [];
                characters = 0;
                await nextTurn();
              }
              batch.push(reader.recorded(row));
              characters += row[3].length;
            }
            more = found.more;
            if (more) low = found.rows.at(-1)![1] + 1;
          }
        }
        ids = live(() => reader.streamIds(ids.at(-1)!, streamPrefix, share));
      }
      if (batch.length > 0) yield batch;
    },

    async *readRaw({ stream, order, after, upTo, last: most, limit = Number.MAX_SAFE_INTEGER } = {}) {
      // Without bounds also what no append writes is answered: a position, a revision or a stream below the first.
      const end = upTo === undefined ? live(reader.exactHead) : toExactCount(upTo);
      const start = most === undefined ? Number.NEGATIVE_INFINITY : Number(end) - most;
      const positions = { after: after === undefined ? start : toExactCount(after), upTo: end };
      const only = stream === undefined ? undefined : live(() => idOf(stream));
      if (stream !== undefined && only === undefined) return;
      const byStream = only !== undefined || order === 'stream';
      let place: RawPlace = { streamId: only ?? Number.NEGATIVE_INFINITY, revision: Number.NEGATIVE_INFINITY };
      let at = positions.after;
      for (let left = limit; left > 0; ) {
        const found = live(() =>
          byStream ? reader.rawByStream(place, only ?? Number.POSITIVE_INFINITY, positions, left) : reader.raw(at, positions.upTo, left),
        );
        if (found.rows.length > 0) yield found.rows.map(raw);
        left -= found.rows.length;
        const last = found.rows.at(-1);
        if (!found.more || !last) return;
        at = last[0];
        place = { streamId: last[6], revision: last[1] };
        await nextTurn();
      }
    },

    async eventAt(position) {
      const count = countOf(position);
      const row = count === undefined ? undefined : live(() => reader.at(count));
      return row && reader.recorded(row);
    },

    count: async (after, upTo) => countBetween(after, upTo, live(reader.head)),
    subscribe: (subscribeOptions = {}) => follow(tail, subscribeOptions),
    head: async () => toPosition(live(reader.exactHead)),

    async close() {
      if (closed) return;
      await writing?.close();
      closed = true;
      notifier.end();
      db.close();
    },
  };
}

function openWriting(file: string, options: SqliteEventLogOptions, appended: (head: number) => void) {
  const lock = opening(file, () => takeWriterLock(file));
  let queue: CommitQueue;
  try {
    // Opened once here, so that a file that cannot be opened fails the caller and not a thread.
    openForWriting(file, options, options.onUpgraded).close();
    queue = options.commitHere ? openCommitsHere(file, options, appended) : openCommitQueue(file, options, appended);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    append: queue.append,
    async close() {
      await queue.close();
      lock.release();
    },
  };
}
