import { randomUUID } from 'node:crypto';
import type { EventLogAdapter } from '../adapter.js';
import { EventLogMissing, EventLogUnavailable, WrongExpectedRevision } from '../event-log.js';
import { createAppends } from './append.js';
import { type Answer, batchAppends, classicAppends } from './append-calls.js';
import { type Connection, openConnection } from './connection.js';
import { unavailable } from './failures.js';
import { head } from './head.js';
import { incomingOrUnavailable, SOON } from './incoming.js';
import { createLives } from './live.js';
import { createLogState, type LogIdentity } from './log-state.js';
import { identityOf } from './positions.js';
import { eventAt, readAll, readRaw, readStream } from './reads.js';
import { subscribe } from './subscribe.js';
import { placeIn } from './wire-events.js';

export interface EventStoreDbOptions {
  /** Several logs share a server: the names of the streams of each begin with its namespace. */
  readonly namespace: string;
  /** Begins no log where there is none. */
  readonly readOnly?: boolean | undefined;
}

/** In the namespace, so that a reader who pages back finds an end. The id of its one event is what the identity of the log is made of. */
const BEGIN = '$log';
const TRIES = 5;

/**
 * A log on EventStoreDB or KurrentDB from 23.10 on.
 * @throws EventLogUnavailable with what to do; EventLogDenied where the credentials are wrong or have no right
 */
export async function openEventStoreDbLog(url: string, { namespace, readOnly = false }: EventStoreDbOptions): Promise<EventLogAdapter> {
  const prefix = `${namespace}.`;
  const connection = openConnection(url);
  const following = openConnection(url);
  const closing = new AbortController();
  const closed = () => new EventLogUnavailable('the event log is closed');
  const underWay = new Set<Promise<unknown>>();
  try {
    const identity = await identify(connection, prefix, readOnly);
    const state = createLogState(identity, { connection, following, prefix, closing: closing.signal, closed });
    // What is appended again is known by its position, which is not beyond this one.
    await head(state);
    const appends = createAppends(state);
    const lives = createLives(state);
    let isClosed = false;

    return {
      identity: `esdb:${identity.identity}`,
      guarantees: { numberedPositions: false, oneStreamPerCommand: false, oneWriter: false, largeAppends: false },
      clock: { newestRecordedAt: state.newestRecordedAt, aheadMs: connection.aheadMs },
      async append(append) {
        if (isClosed) throw closed();
        if (readOnly) throw new EventLogUnavailable('the event log was opened read-only');
        const appending = appends.append(append);
        underWay.add(appending);
        return appending.finally(() => underWay.delete(appending));
      },
      readStream: (stream, options = {}) => readStream(state, stream, options),
      readAll: (options = {}) => readAll(state, options),
      readRaw: (options = {}) => readRaw(state, options),
      eventAt: (position) => eventAt(state, position),
      subscribe: (options = {}) => subscribe(state, lives, options),
      head: () => head(state),
      async close() {
        if (isClosed) return;
        isClosed = true;
        await Promise.allSettled(underWay);
        closing.abort();
        appends.close();
        await Promise.all([connection.close(), following.close()]);
      },
    };
  } catch (error) {
    await Promise.all([connection.close(), following.close()]);
    throw error;
  }
}

async function identify(connection: Connection, prefix: string, readOnly: boolean): Promise<LogIdentity> {
  for (let attempt = 1; ; attempt++) {
    const found = await firstEvent(connection, prefix + BEGIN);
    if (found) return found;
    if (readOnly || attempt === TRIES) {
      throw new EventLogMissing(
        `EventStoreDB at ${connection.server} has no event log in the namespace ${prefix.slice(0, -1)}; set EVENT_LOG_NAMESPACE to that of the log, or start the API, which begins one`,
      );
    }
    // Of two processes that begin the log one is first, and both read what it has written.
    await begin(connection, prefix);
  }
}

async function firstEvent(connection: Connection, stream: string): Promise<LogIdentity | undefined> {
  for await (const messages of incomingOrUnavailable(connection, { stream, count: 1 }, SOON)) {
    for (const message of messages) {
      const event = message.getEvent()?.getEvent();
      if (!event) continue;
      if (event.getStreamRevision() !== '0')
        throw new EventLogUnavailable(
          `the first event of ${stream} on EventStoreDB at ${connection.server} is missing: restore the stream, it says which log this is`,
        );
      return { identity: identityOf(event.getId()!.getString()), begin: placeIn(event) };
    }
  }
  return undefined;
}

async function begin(connection: Connection, prefix: string): Promise<void> {
  const event = { id: randomUUID(), type: 'letopis-log-begun', data: JSON.stringify({ namespace: prefix.slice(0, -1) }), metadata: '{}' };
  try {
    const calls = (await connection.hasBatchAppend()) ? batchAppends(connection) : classicAppends(connection);
    const answer: Answer = await calls.append({ stream: prefix + BEGIN, after: -1, events: [event] });
    calls.close();
    if (answer.kind === 'too-large') throw new WrongExpectedRevision(BEGIN, null, null);
  } catch (error) {
    throw unavailable(error, connection.server);
  }
}
