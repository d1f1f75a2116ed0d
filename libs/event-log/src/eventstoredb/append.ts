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
import { storedEvent, toWire, type WireEvent } from './wire-events.js';

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

  async function append(given: SerializedAppend): Promise<AppendResult> {
    const { stream, after, previousHash, events } = given;
    const known = state.heads.get(stream);
    // Of a stream that has gone on nothing needs to be asked: it is a repetition or too late.
    if (known !== undefined && known.revision > after) return settled(given, undefined);
    if (after >= 0) {
      const hash = known?.revision === after ? known.hash : (await eventOf(state, stream, after))?.hash;
      if (hash !== previousHash) throw await elsewhere(given);
    }
    const request = { stream: state.prefix + stream, after, events: events.map(toWire) };
    const begun = performance.now();
    let unknown: unknown;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const seen = state.newest();
      let [sent, isAnswered] = [false, false];
      try {
        const through = await opened();
        sent = true;
        const answer = await through.append(request);
        isAnswered = true;
        return await answered(given, answer, { isFirst: unknown === undefined, isJustMade: isJustMade(request.events[0]!), seen });
      } catch (error) {
        if (isOutcome(error)) throw error;
        const failure = failureOf(error);
        if (failure === 'deleted') throw missing(stream, 0);
        const reported = unavailable(error, state.connection.server);
        if (failure === 'too-large') throw new AppendTooLarge(stream, events.length, undefined);
        // What failed behind an answer is a comparison: it says nothing of the append.
        if (isAnswered || (sent && !['not-sent', 'no-node', 'not-leader', 'denied', 'invalid'].includes(failure))) unknown ??= error;
        const patience = unknown === undefined ? UNSENT_PATIENCE_MS : PATIENCE_MS;
        if (reported instanceof EventLogDenied || failure === 'invalid' || performance.now() - begun > patience)
          throw unknown === undefined ? reported : new AppendUnknown(reported.message, { cause: unknown });
        await sleep(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  /**
   * The server recognises a repetition by its ids and by nothing else, and does not say so. It is none where it is the first try with ids that nobody
   * else can have, at a position that was not seen before; anything else is compared with what is stored.
   */
  async function answered(
    given: SerializedAppend,
    answer: Answer,
    { isFirst, isJustMade, seen }: { readonly isFirst: boolean; readonly isJustMade: boolean; readonly seen: Position },
  ): Promise<AppendResult> {
    const { stream, after, events } = given;
    if (answer.kind === 'too-large') throw new AppendTooLarge(stream, events.length, answer.limit);
    if (answer.kind === 'elsewhere') {
      if (isFirst) throw new WrongExpectedRevision(stream, after < 0 ? null : after, answer.actual);
      return settled(given, answer.actual);
    }
    const position = answer.place && toPosition(state.identity, answer.place);
    if (!isFirst || !isJustMade || position === undefined || position <= seen) return settled(given, undefined);
    // The server lets a stream that was deleted begin again with the revision that it had.
    if (answer.revision !== after + events.length) throw missing(stream, 0);
    const { hash } = events.at(-1)!;
    state.saw(position);
    state.heads.set(stream, { revision: answer.revision, hash });
    return { revision: answer.revision, position, hash };
  }

  /** What is stored there is compared, hash by hash. */
  async function settled(given: SerializedAppend, actual: number | null | undefined): Promise<AppendResult> {
    const { stream, after, previousHash, events } = given;
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
    throw actual === undefined ? await elsewhere(given) : new WrongExpectedRevision(stream, after < 0 ? null : after, actual);
  }

  async function elsewhere({ stream, after }: SerializedAppend): Promise<WrongExpectedRevision> {
    return new WrongExpectedRevision(stream, after < 0 ? null : after, await lastRevision(state, stream));
  }

  return {
    append: (given) => inTurn(given.stream, () => append(given)),
    close: () => void calls?.then((it) => it.close()).catch(() => undefined),
  };
}

/** Nobody else has the random bits of a ULID that was made a moment ago; other ids somebody may have used before. */
const isJustMade = ({ id }: WireEvent): boolean =>
  Math.abs(Date.now() - Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)) < JUST_MADE_MS;
const JUST_MADE_MS = 60_000;

const isOutcome = (error: unknown): boolean =>
  error instanceof WrongExpectedRevision || error instanceof AppendTooLarge || error instanceof EventNotUnderstood;
