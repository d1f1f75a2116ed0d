import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import {
  type Batch,
  ORIGIN,
  type Position,
  PositionUnknown,
  type ReadAllOptions,
  type ReadRawOptions,
  type ReadStreamOptions,
  type StoredEvent,
} from '../event-log.js';
import { EventNotUnderstood } from '../not-understood.js';
import { revisionRange } from '../revision-range.js';
import { failureOf, unavailable } from './failures.js';
import { backwards, head, isBegin } from './head.js';
import { incoming, incomingOrUnavailable, SOON } from './incoming.js';
import type { LogState } from './log-state.js';
import type { Read } from './requests.js';
import { bytesOf, type RecordedEvent, rawEvent, revisionOf, storedEvent, streamOf, typeOf } from './wire-events.js';

/** More than any stream or log holds. */
const ALL = Number.MAX_SAFE_INTEGER;

/** An event, and how the port names its stream and position. */
export interface Found {
  readonly event: RecordedEvent;
  readonly stream: string;
  readonly position: Position;
  /** Where it was parsed already. */
  readonly stored?: StoredEvent;
}

type Made<Item> = (event: RecordedEvent, stream: string, position: Position) => Item;

const madeOf =
  <Item>(make: Made<Item>) =>
  ({ event, stream, position }: Found): Item =>
    make(event, stream, position);

/** Of bounded size, none of them empty. */
export async function* inBatches<Item>(found: AsyncIterable<Found>, make: Made<Item>): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const each of found) {
    const size = bytesOf(each.event);
    if (batch.length === BATCH_EVENTS || (batch.length > 0 && bytes + size > BATCH_CHARACTERS)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(madeOf(make)(each));
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

export const missing = (stream: string, revision: number) => new EventNotUnderstood({ stream, revision, type: 'unknown' }, 'missing');

/**
 * The events of a stream as the server answers them.
 * @throws EventNotUnderstood where some of them were cut off or the stream was deleted, which no log does
 */
export async function* ofStream(
  state: LogState,
  stream: string,
  { low, high, backwards }: ReturnType<typeof revisionRange>,
  most: number,
): AsyncGenerator<Found> {
  state.open();
  const name = state.prefix + stream;
  const unbounded = high >= ALL - 1;
  const count = Math.min(most, unbounded ? ALL : high - low + 1);
  if (count <= 0) return;
  const from = backwards ? (unbounded ? 'end' : high) : low;
  let [expected, last]: [number | undefined, number | undefined] = [backwards ? undefined : low, undefined];
  let answered = 0;
  const check = (revision: number) => {
    if (expected !== undefined && revision !== expected) throw missing(stream, Math.min(expected, revision));
    expected = backwards ? revision - 1 : revision + 1;
  };
  let exists = true;
  try {
    for await (const messages of incoming(
      state.connection,
      { stream: name, from, backwards, count },
      count === 1 ? SOON : { leader: true },
    )) {
      for (const message of messages) {
        const event = message.getEvent()?.getEvent();
        if (event) {
          const revision = revisionOf(event);
          if (revision < low) return;
          check(revision);
          answered += 1;
          yield { event, stream, position: state.positionOf(event) };
        } else if (message.hasLastStreamPosition()) last = Number(message.getLastStreamPosition());
        else if (message.hasStreamNotFound()) exists = false;
      }
    }
  } catch (error) {
    if (error instanceof EventNotUnderstood) throw error;
    if (failureOf(error) === 'deleted') throw missing(stream, 0);
    throw unavailable(error, state.connection.server);
  }
  if (!exists) await mustBeNew(state, stream);
  if (answered === count || last === undefined || last < low) return;
  // The server says where the stream ends: all up to there must have come.
  if (backwards ? (expected ?? last) >= low : expected! <= Math.min(high, last)) throw missing(stream, low);
}

/** A stream that was deleted looks like one that never was; what is left of it is the mark in its metadata. */
async function mustBeNew(state: LogState, stream: string): Promise<void> {
  const marks = { stream: `$$${state.prefix}${stream}`, from: 'end', backwards: true, count: 1 } as const;
  for await (const messages of incomingOrUnavailable(state.connection, marks, SOON))
    if (messages.some((message) => message.hasEvent())) throw missing(stream, 0);
}

export async function* readStream(state: LogState, stream: string, options: ReadStreamOptions): AsyncGenerator<Batch<StoredEvent>> {
  const { after = ORIGIN, limit = ALL } = options;
  const range = revisionRange(options);
  await mustBeIn(state, after);
  const found = after === ORIGIN ? ofStream(state, stream, range, limit) : behind(state, stream, range, after, limit);
  for await (const batch of inBatches(found, storedEvent)) {
    const last = batch.at(-1)!;
    const head = state.heads.get(stream);
    if (head === undefined || head.revision <= last.revision) state.heads.set(stream, { revision: last.revision, hash: last.hash });
    yield batch;
  }
}

/** From the end back to the position: what came before it is not read. */
async function* behind(
  state: LogState,
  stream: string,
  range: ReturnType<typeof revisionRange>,
  after: Position,
  limit: number,
): AsyncGenerator<Found> {
  const kept: Found[] = [];
  let answered = 0;
  for await (const found of ofStream(state, stream, { ...range, backwards: true }, ALL)) {
    if (found.position <= after || answered === limit) break;
    if (!range.backwards) kept.push(found);
    else {
      answered += 1;
      yield found;
    }
  }
  yield* kept.reverse().slice(0, limit);
}

/** The events of the log behind one position up to another, without those of other logs and of the server. */
export async function* ofAll(
  state: LogState,
  after: Position,
  upTo: Position,
  streamPrefix = '',
  { most = ALL, types }: { readonly most?: number; readonly types?: readonly string[] | undefined } = {},
): AsyncGenerator<Found> {
  state.open();
  if (after >= upTo) return;
  const read = { from: state.placeOf(after) ?? state.begin, count: most, prefix: state.prefix + streamPrefix, types };
  try {
    for await (const messages of incoming(state.following, read, { leader: true, signal: state.closing })) {
      for (const message of messages) {
        const event = message.getEvent()?.getEvent();
        // Another log on the server has events of the same types.
        if (!event || !streamOf(event).startsWith(read.prefix)) continue;
        const position = state.positionOf(event);
        if (position > upTo) return;
        if (position <= after || isBegin(state, event) || types?.includes(typeOf(event)) === false) continue;
        yield { event, stream: streamOf(event).slice(state.prefix.length), position };
        if (position === upTo) return;
      }
    }
    state.open();
  } catch (error) {
    throw await faultAt(state, error, after);
  }
}

/** The server has one error for a position that is none and for faults of its own. */
export async function faultAt(state: LogState, error: unknown, position: Position): Promise<Error> {
  if (failureOf(error) === 'no-position' && (await eventAt(state, position).catch(() => undefined)) === undefined)
    return new PositionUnknown(position, 'the server has no event there: it was exchanged, or restored from a backup');
  return unavailable(error, state.connection.server);
}

async function endOf(state: LogState, upTo: Position | undefined): Promise<Position> {
  if (upTo !== undefined) state.placeOf(upTo);
  const end = await head(state);
  return upTo === undefined || upTo > end ? end : upTo;
}

export async function* readAll(state: LogState, options: ReadAllOptions): AsyncGenerator<Batch<StoredEvent>> {
  const { after = ORIGIN, types, streamPrefix = '', limit = ALL } = options;
  state.placeOf(after);
  const end = await endOf(state, options.upTo);
  await mustBeIn(state, after);
  if (limit <= 0 || types?.length === 0) return;
  async function* matching(): AsyncGenerator<Found> {
    let left = limit;
    // Those of the types come of any log.
    const most = types === undefined ? withFirst(limit) : ALL;
    for await (const found of ofAll(state, after, end, streamPrefix, { most, types })) {
      yield found;
      if (--left === 0) return;
    }
  }
  yield* inBatches(matching(), storedEvent);
}

/** The event at the position, or the first of the log, comes along. */
const withFirst = (limit: number): number => Math.min(limit + 1, ALL);

const STREAMS_AT_ONCE = 16;

export async function* readRaw(state: LogState, options: ReadRawOptions) {
  const { stream, order, after = ORIGIN, last, limit = ALL } = options;
  const end = await endOf(state, options.upTo);
  await mustBeIn(state, after);
  if (limit <= 0) return;
  async function* filtered(found: AsyncIterable<Found>): AsyncGenerator<Found> {
    let left = limit;
    for await (const each of found) {
      if (each.position <= after || each.position > end) continue;
      yield each;
      if (--left === 0) return;
    }
  }
  if (stream !== undefined) yield* inBatches(filtered(rawStream(state, stream)), rawEvent);
  else if (order === 'stream') yield* inBatches(filtered(byStream(state, end)), rawEvent);
  else if (last !== undefined) yield* inBatches(filtered(lastOf(state, last)), rawEvent);
  else yield* inBatches(filtered(ofAll(state, after, end, '', { most: withFirst(limit) })), rawEvent);
}

/** What is left of it, whatever somebody did to it. */
async function* rawStream(state: LogState, stream: string): AsyncGenerator<Found> {
  state.open();
  try {
    for await (const messages of incoming(state.following, { stream: state.prefix + stream, count: ALL }, { leader: true })) {
      for (const message of messages) {
        const event = message.getEvent()?.getEvent();
        if (event) yield { event, stream, position: state.positionOf(event) };
      }
    }
  } catch (error) {
    if (failureOf(error) !== 'deleted') throw unavailable(error, state.connection.server);
  }
}

/**
 * Names first: the server lists no streams. Of one that was cut what is left comes, of one that was deleted the last event: whoever verifies misses
 * those before.
 */
async function* byStream(state: LogState, end: Position): AsyncGenerator<Found> {
  const streams = new Set<string>();
  for await (const { stream } of ofAll(state, ORIGIN, end)) streams.add(stream);
  const names = [...streams];
  for (let at = 0; at < names.length; at += STREAMS_AT_ONCE) {
    const some = names.slice(at, at + STREAMS_AT_ONCE);
    const read = await Promise.all(some.map((stream) => collected(rawStream(state, stream))));
    for (const [index, stream] of some.entries()) {
      const found = read[index]!;
      if (found.length > 0) yield* found;
      else yield* lastIn(state, stream, end);
    }
  }
}

async function* lastIn(state: LogState, stream: string, end: Position): AsyncGenerator<Found> {
  let last: Found | undefined;
  for await (const found of ofAll(state, ORIGIN, end, stream)) if (found.stream === stream) last = found;
  if (last) yield last;
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* lastOf(state: LogState, most: number): AsyncGenerator<Found> {
  const found: Found[] = [];
  if (most > 0)
    for await (const event of backwards(state, most))
      found.push({ event, stream: streamOf(event).slice(state.prefix.length), position: state.positionOf(event) });
  yield* found.reverse();
}

export async function eventAt(state: LogState, position: Position): Promise<StoredEvent | undefined> {
  state.open();
  let from: Read['from'];
  try {
    from = state.placeOf(position);
  } catch (error) {
    if (error instanceof PositionUnknown) return undefined;
    throw error;
  }
  if (from === undefined) return undefined;
  try {
    for await (const messages of incoming(state.connection, { from, count: 1 }, SOON)) {
      for (const message of messages) {
        const event = message.getEvent()?.getEvent();
        const name = event && streamOf(event);
        if (!event || !name?.startsWith(state.prefix) || isBegin(state, event)) continue;
        if (state.positionOf(event) === position) return storedEvent(event, name.slice(state.prefix.length), position);
      }
    }
  } catch (error) {
    if (failureOf(error) !== 'no-position') throw unavailable(error, state.connection.server);
  }
  return undefined;
}

/** @throws PositionUnknown for one of another log, and for one past the end of this one */
async function mustBeIn(state: LogState, position: Position): Promise<void> {
  state.placeOf(position);
  if (position > state.newest()) mustNotBePast(await head(state), position);
}

export function mustNotBePast(end: Position, position: Position): void {
  if (position > end) throw new PositionUnknown(position, `the event log ends at ${end}: it was exchanged, or restored from a backup`);
}

/** Undefined where the stream has no such event. */
export async function eventOf(state: LogState, stream: string, revision: number): Promise<StoredEvent | undefined> {
  for await (const found of ofStream(state, stream, { low: revision, high: revision, backwards: false }, 1))
    return madeOf(storedEvent)(found);
  return undefined;
}

/** Revision of the last event; null for a stream that does not exist. */
export async function lastRevision(state: LogState, stream: string): Promise<number | null> {
  for await (const { event } of ofStream(state, stream, { low: 0, high: ALL, backwards: true }, 1)) return revisionOf(event);
  return null;
}
