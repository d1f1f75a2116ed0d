import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyedMutex } from '#async';
import { type AppendResult, AppendTooLarge, AppendUnknown, EventLogDenied, type Position, WrongExpectedRevision } from '../event-log.js';
import { EventNotUnderstood } from '../not-understood.js';
import type { SerializedAppend } from '../serialized-append.js';
import { type Answer, type AppendCalls, batchAppends, classicAppends } from './append-calls.js';
import { failureOf, unavailable } from './failures.js';
import type { LogState } from './log-state.js';
import { toPosition } from './positions.js';
import { eventOf, lastRevision, missing, ofStream } from './reads.js';
import { storedEvent, toWire } from './wire-events.js';

/** For as long an append whose outcome is unknown is tried again: a new leader is there after some 5 s. */
const PATIENCE_MS = 12_000;
/** For as long one that was not sent is tried again: a server that restarts is there sooner than its clients know. */
const UNSENT_PATIENCE_MS = 1_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export interface Appends {
  append(append: SerializedAppend): Promise<AppendResult>;
  close(): void;
}

export function createAppends(state: LogState): Appends {
  const inTurn = createKeyedMutex();
  let calls: Promise<AppendCalls> | undefined;

  async function open(): Promise<AppendCalls> {
    return (await state.connection.hasBatchAppend()) ? batchAppends(state.connection) : classicAppends(state.connection);
  }
  async function opened(): Promise<AppendCalls> {
    calls ??= open();
    return calls.catch((error) => {
      calls = undefined;
      throw error;
    });
  }

  async function append(wanted: SerializedAppend): Promise<AppendResult> {
    const { stream, after, previousHash, events } = wanted;
    const known = state.heads.get(stream);
    // Of a stream that has gone on nothing needs to be asked: it is a repetition or too late.
    if (known !== undefined && known.revision > after) return settled(wanted, undefined);
    if (after >= 0) {
      const hash = known?.revision === after ? known.hash : (await eventOf(state, stream, after))?.hash;
      if (hash !== previousHash) throw await elsewhere(wanted);
    }
    const request = { stream: state.prefix + stream, after, events: events.map(toWire) };
    const begun = performance.now();
    let unknown: unknown;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const seen = state.newest();
      let sent = false;
      try {
        const through = await opened();
        sent = true;
        const answer = await through.append(request);
        return await (unknown === undefined ? answeredFirst(wanted, answer, seen) : answeredAgain(wanted, answer));
      } catch (error) {
        if (isOutcome(error)) throw error;
        const failure = failureOf(error);
        if (failure === 'deleted') throw missing(stream, 0);
        const told = unavailable(error, state.connection.server);
        if (sent && !['not-sent', 'not-leader', 'denied'].includes(failure)) unknown ??= error;
        const patience = unknown === undefined ? UNSENT_PATIENCE_MS : PATIENCE_MS;
        if (told instanceof EventLogDenied || performance.now() - begun > patience)
          throw unknown === undefined ? told : new AppendUnknown(told.message, { cause: unknown });
        await sleep(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  /** Success of the first try is new, unless its position was seen before: then the server has recognised the ids, and nothing but these. */
  async function answeredFirst(wanted: SerializedAppend, answer: Answer, seen: Position): Promise<AppendResult> {
    const { stream, after, events } = wanted;
    if (answer.kind === 'too-large') throw new AppendTooLarge(stream, events.length, answer.limit);
    if (answer.kind === 'elsewhere') throw new WrongExpectedRevision(stream, after < 0 ? null : after, answer.actual);
    const position = answer.place && toPosition(state.identity, answer.place);
    if (position === undefined || position <= seen) return settled(wanted, undefined);
    const head = { revision: answer.revision, hash: events.at(-1)!.hash };
    // The server lets a stream that was deleted begin anew with the revision that it had.
    if (answer.revision !== after + events.length) throw missing(stream, 0);
    state.saw(position);
    state.heads.set(stream, head);
    return { revision: head.revision, position, hash: head.hash };
  }

  /** An earlier try may have been carried out, or another append in its place. */
  async function answeredAgain(wanted: SerializedAppend, answer: Answer): Promise<AppendResult> {
    if (answer.kind === 'too-large') throw new AppendTooLarge(wanted.stream, wanted.events.length, answer.limit);
    return settled(wanted, answer.kind === 'elsewhere' ? answer.actual : undefined);
  }

  /** What is stored there is compared, hash by hash. */
  async function settled(wanted: SerializedAppend, actual: number | null | undefined): Promise<AppendResult> {
    const { stream, after, previousHash, events } = wanted;
    const before = after < 0 ? undefined : await eventOf(state, stream, after);
    let matching = before?.hash === (after < 0 ? undefined : previousHash) ? 0 : -1;
    let last: AppendResult | undefined;
    if (matching === 0) {
      for await (const { event, position } of ofStream(
        state,
        stream,
        { low: after + 1, high: after + events.length, backwards: false },
        events.length,
      )) {
        const { hash, revision } = storedEvent(event, stream, position);
        if (hash !== events[matching]!.hash) break;
        last = { revision, position, hash };
        matching += 1;
      }
    }
    if (matching === events.length && last) {
      const known = state.heads.get(stream);
      if (known === undefined || known.revision < last.revision) state.heads.set(stream, { revision: last.revision, hash: last.hash });
      return last;
    }
    throw actual === undefined ? await elsewhere(wanted) : new WrongExpectedRevision(stream, after < 0 ? null : after, actual);
  }

  async function elsewhere({ stream, after }: SerializedAppend): Promise<WrongExpectedRevision> {
    return new WrongExpectedRevision(stream, after < 0 ? null : after, await lastRevision(state, stream));
  }

  return {
    append: (wanted) => inTurn(wanted.stream, () => append(wanted)),
    close: () => void calls?.then((it) => it.close()).catch(() => undefined),
  };
}

const isOutcome = (error: unknown): boolean =>
  error instanceof WrongExpectedRevision || error instanceof AppendTooLarge || error instanceof EventNotUnderstood;
