import { LRUCache } from 'lru-cache';
import { createMutex } from '#async';
import { type EventLogUnavailable, ORIGIN, type Position, type StreamHead } from '../event-log.js';
import type { Connection } from './connection.js';
import { type Place, placeOf, toPosition } from './positions.js';
import { placeIn, type RecordedEvent, recordedAtOf } from './wire-events.js';

/** An event of `$all`, and the last event of the log up to it. */
export interface Searched {
  readonly place: Place;
  readonly id: string;
  readonly head: Position;
}

/** What one opened log knows of itself. */
export interface LogState {
  /** For appends and single reads. */
  readonly connection: Connection;
  /** For what is read for long: the streams of HTTP/2 that a connection has are few. */
  readonly following: Connection;
  /** What the names of its streams begin with on the server. */
  readonly prefix: string;
  readonly identity: string;
  /** Of the event that the log begins with, which is none of its events. */
  readonly begin: Place;
  /** Fires when the log is closed. */
  readonly closing: AbortSignal;
  /** The last event of streams, as far as it was seen here. */
  readonly heads: LRUCache<string, StreamHead>;
  /** How far `$all` was searched for the end of the log. */
  searched?: Searched;
  readonly searchInTurn: ReturnType<typeof createMutex>;
  /** The highest position seen. */
  newest(): Position;
  saw(position: Position): void;
  /** What is asked of every event that is read, so that nothing that was seen is forgotten. */
  positionOf(event: RecordedEvent): Position;
  newestRecordedAt(): string;
  /** @throws PositionUnknown */
  placeOf(position: Position): Place | undefined;
  /** @throws EventLogUnavailable when the log is closed */
  open(): void;
}

export interface LogIdentity {
  readonly identity: string;
  readonly begin: Place;
}

export function createLogState(
  { identity, begin }: LogIdentity,
  base: Pick<LogState, 'connection' | 'following' | 'prefix' | 'closing'> & { readonly closed: () => EventLogUnavailable },
): LogState {
  let newest: Position = ORIGIN;
  let newestRecordedAt = '';
  const saw = (position: Position) => {
    if (position > newest) newest = position;
  };
  return {
    ...base,
    identity,
    begin,
    searchInTurn: createMutex(),
    heads: new LRUCache({ max: 100_000 }),
    newest: () => newest,
    saw,
    positionOf(event) {
      const position = toPosition(identity, placeIn(event));
      saw(position);
      const recordedAt = recordedAtOf(event);
      if (recordedAt > newestRecordedAt) newestRecordedAt = recordedAt;
      return position;
    },
    newestRecordedAt: () => newestRecordedAt,
    placeOf: (position) => placeOf(identity, position),
    open() {
      if (base.closing.aborted) throw base.closed();
    },
  };
}
