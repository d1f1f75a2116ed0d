import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { createKeyedMutex } from '#async';
import { type DomainEvent, type EventLog, IdempotencyConflict, type NewEvent, WrongExpectedRevision } from '../event-log.js';
import { mustBeUnderstood } from '../not-understood.js';
import type { EventCatalogue } from '../registry/event-registry.js';
import { commandRemembered, idsOfDecided } from './command-remembered.js';
import {
  type CommandResult,
  type DecidedEvent,
  type Decider,
  type Envelope,
  EventsWithheld,
  type FoldedEvent,
  RevisionMismatch,
} from './decider.js';
import { type Executed, emptyStream, type FoldedStream, fold, type PlacedEvent } from './folded-stream.js';

export interface CommandRunnerOptions<State, Command, Event extends DecidedEvent, Context> {
  /** Its events at the version that the decider knows. */
  readonly log: EventLog;
  readonly decider: Decider<State, Command, Event, Context>;
  /** A new, unique event id; a ULID. */
  readonly newId: () => string;
  /** Gives new events their version; without it every event is of version 1. */
  readonly registry?: Pick<EventCatalogue, 'get'>;
  /** Streams kept in memory; 20,000 by default. */
  readonly cacheSize?: number;
  /** Events of all kept streams together; 500,000 by default, some 200 MB. */
  readonly cacheEvents?: number;
}

export interface CommandRunner<Command, Context> {
  /**
   * Loads, decides, appends, and answers when the events are durable.
   * @throws whatever the decider rejects with, decided on the stream as it stands in the log
   * @throws RevisionMismatch, IdempotencyConflict, EventsWithheld, EventLogUnavailable
   */
  execute(stream: string, envelope: Envelope<Command>, context: Context): Promise<CommandResult>;
  /** What is in memory of the stream is dropped. */
  forget(stream: string): void;
}

/** A `final` decision stands whatever the log has gained since the stream was folded. */
type Decision =
  | { readonly kind: 'decided'; readonly events: readonly DecidedEvent[] }
  | { readonly kind: 'answered'; readonly result: CommandResult; readonly final: boolean }
  | { readonly kind: 'rejected'; readonly error: unknown; readonly final: boolean };

/** What of the commands that the stream holds is the same command: under its id and under its former one. */
interface Compared {
  /** Asked after the admission. @throws what the comparison failed with */
  readonly isSame?: () => boolean;
  readonly isFormer?: boolean;
}

/** Between processes the expected revision decides; one that loses so often is in a loop, not in a race. */
const ATTEMPTS = 128;
/**
 * Who appended last goes on at once, while the others have to read first and would lose every race: so after so many appends to one stream
 * it lets them go ahead, for about twice as long as a read and an append take.
 */
const APPENDS_IN_A_ROW = 32;
const LONGEST_PAUSE_MS = 100;
/** Between two looks for what another process has appended. */
const LONGEST_UNREAD_MS = 50;

export function createCommandRunner<State, Command, Event extends DecidedEvent, Context>(
  options: CommandRunnerOptions<State, Command, Event, Context>,
): CommandRunner<Command, Context> {
  const { log, decider, newId, registry, cacheSize = 20_000, cacheEvents = 500_000 } = options;
  const cache = new LRUCache<string, FoldedStream<State>>({ max: cacheSize, maxSize: cacheEvents });
  const inTurn = createKeyedMutex();
  /** The last ones. */
  let readTookMs = 0;
  let appendTookMs = 0;
  const { retractions } = decider;
  const evolve = (state: State, event: FoldedEvent) => {
    mustBeUnderstood(event);
    return event.type === commandRemembered.type ? state : decider.evolve(state, event);
  };

  function keep(stream: string, folded: FoldedStream<State>): void {
    cache.set(stream, folded, { size: folded.revision + 2 });
  }

  const hasRetraction = (events: readonly FoldedEvent[]): boolean => retractions !== undefined && events.some(retractions.isRetraction);

  async function topUp(stream: string, folded: FoldedStream<State>): Promise<FoldedStream<State>> {
    // What is read from the beginning need not be read again where it contains a retraction.
    const whole: DomainEvent[] | undefined = folded.revision < 0 ? [] : undefined;
    let retracts = false;
    const since = performance.now();
    for await (const batch of log.readStream(stream, { from: folded.revision + 1 })) {
      for (const event of batch) whole?.push(event);
      retracts ||= hasRetraction(batch) || !followsOn(folded, batch[0]);
      if (retracts && whole === undefined) return (await readWhole(stream)).folded;
      if (!retracts) fold(folded, batch, evolve);
    }
    readTookMs = performance.now() - since;
    if (retracts && whole) return foldWhole(stream, whole);
    keep(stream, folded);
    return folded;
  }

  async function readWhole(stream: string): Promise<{ readonly folded: FoldedStream<State>; readonly history: readonly DomainEvent[] }> {
    const history: DomainEvent[] = [];
    for await (const batch of log.readStream(stream)) for (const event of batch) history.push(event);
    return { folded: foldWhole(stream, history), history };
  }

  function foldWhole(stream: string, history: readonly PlacedEvent[]): FoldedStream<State> {
    history.forEach(mustBeUnderstood);
    const folded = emptyStream(decider.initialState(stream));
    fold(folded, history, evolve, retractions?.effective(history));
    keep(stream, folded);
    return folded;
  }

  /** What the stream, as far as it is folded, says to the command. */
  function decideOn(
    stream: string,
    folded: FoldedStream<State>,
    envelope: Envelope<Command>,
    context: Context,
    { isSame, isFormer }: Compared,
    history?: readonly DomainEvent[],
  ): Decision {
    const { commandId, formerly, expectedRevision, command } = envelope;
    const executed = folded.commands.get(commandId);
    const former = formerly && folded.commands.get(formerly.commandId);
    const formerAnswer = former && isFormer ? { ...firstAnswer(stream, former), executedAs: formerly.commandId } : undefined;
    const admit = decider.admission?.(command, context);
    try {
      admit?.(folded.state, {
        stream,
        isRepeated: (executed ?? formerAnswer) !== undefined,
        comparesRevision: expectedRevision !== undefined && folded.revision >= 0,
      });
    } catch (error) {
      return { kind: 'rejected', error, final: false };
    }
    // Who may open the stream may have changed since it was folded, and with it who may be answered.
    const final = admit === undefined;
    if (executed && !isSame?.()) {
      return { kind: 'rejected', error: new IdempotencyConflict(stream, commandId), final };
    }
    if (executed) return { kind: 'answered', result: firstAnswer(stream, executed), final };
    if (formerAnswer) return { kind: 'answered', result: formerAnswer, final };
    if (expectedRevision !== undefined && expectedRevision !== folded.revision) {
      return { kind: 'rejected', error: new RevisionMismatch(stream, expectedRevision, folded.revision), final: false };
    }
    try {
      const decided = decider.decide(folded.state, command, context, history);
      const events = decided.length > 0 ? decided : remembered(envelope);
      if (events.length > 0) return { kind: 'decided', events };
    } catch (error) {
      return { kind: 'rejected', error, final: false };
    }
    const { revision, position } = folded;
    return { kind: 'answered', result: { stream, revision, position, eventIds: [], replayed: false }, final: false };
  }

  /** Nothing is compared where the stream does not hold the id. */
  async function comparison({ commands }: FoldedStream<State>, envelope: Envelope<Command>): Promise<Compared> {
    const { commandId, commandHash, isSameCommand = (stored) => stored === commandHash, formerly } = envelope;
    const [executed, former] = [commands.get(commandId), formerly && commands.get(formerly.commandId)];
    const isFormer = former && (await formerly?.isOf(former.commandHash));
    const compared = isFormer === undefined ? {} : { isFormer };
    if (!executed) return compared;
    try {
      const isSame = await isSameCommand(executed.commandHash);
      return { ...compared, isSame: () => isSame };
    } catch (error) {
      const isSame = () => {
        throw error;
      };
      return { ...compared, isSame };
    }
  }

  async function run(stream: string, envelope: Envelope<Command>, context: Context): Promise<CommandResult> {
    let overtaken: FoldedStream<State> | undefined;
    let lostAt: number | undefined;
    let unread = 0;
    for (let attempt = 1; ; attempt++) {
      const whole = retractions?.readsHistory(envelope.command) ? await readWhole(stream) : undefined;
      const cached = attempt === 1 && !whole ? cache.get(stream) : undefined;
      let folded = whole?.folded ?? cached ?? (await topUp(stream, overtaken ?? emptyStream(decider.initialState(stream))));
      let decision = decideOn(stream, folded, envelope, context, await comparison(folded, envelope), whole?.history);
      // A stream from the cache may be behind the log. That does no harm to what is appended (the expected revision tells), but
      // an answer that appends nothing is given only on what the log holds now.
      if (cached && decision.kind !== 'decided' && !decision.final) {
        folded = await topUp(stream, folded);
        decision = decideOn(stream, folded, envelope, context, await comparison(folded, envelope));
      }
      if (decision.kind === 'rejected') throw decision.error;
      if (decision.kind === 'answered') return withHistory(decision.result, whole?.history);
      if (envelope.append === false) throw new EventsWithheld(stream);
      try {
        const { commandHash } = envelope;
        const hash = typeof commandHash === 'function' ? await commandHash({ isNew: folded.revision < 0 }) : commandHash;
        return await append(stream, folded, newEvents(decision.events, envelope, hash, folded.recordedAt), whole?.history);
      } catch (error) {
        cache.delete(stream);
        if (!(error instanceof WrongExpectedRevision) || attempt === ATTEMPTS) throw error;
        // Of a stream that went on what is new is read; of one that did not, something else was folded than the log holds.
        unread = folded.revision === lostAt ? unread + 1 : 0;
        lostAt = folded.revision;
        overtaken = error.actual !== null && error.actual > folded.revision ? folded : undefined;
        // A server compares with what it has begun to write, which can be read only when it is durable.
        if (unread > 0) await sleep(Math.min(2 ** unread, LONGEST_UNREAD_MS) * (0.5 + Math.random()));
      }
    }
  }

  async function append(
    stream: string,
    folded: FoldedStream<State>,
    events: NewEvent[],
    before?: readonly DomainEvent[],
  ): Promise<CommandResult> {
    const first = folded.revision + 1;
    await letOthersAhead(folded);
    const since = performance.now();
    const { revision, position, hash } = await log.append(
      stream,
      first === 0 ? 'none' : { revision: folded.revision, hash: folded.hash },
      events,
    );
    appendTookMs = performance.now() - since;
    const recorded = events.map((event, index) => ({ ...event, stream, revision: first + index, position, hash }));
    const history = before && [...before, ...recorded];
    if (!hasRetraction(recorded)) {
      fold(folded, recorded, evolve);
      keep(stream, folded);
    } else if (history) foldWhole(stream, history);
    else cache.delete(stream);
    return withHistory({ stream, revision, position, eventIds: idsOfDecided(events), replayed: false }, history);
  }

  async function letOthersAhead(folded: FoldedStream<State>): Promise<void> {
    if (log.guarantees.oneWriter || ++folded.appends <= APPENDS_IN_A_ROW) return;
    folded.appends = 1;
    await sleep(Math.min(2 * (readTookMs + appendTookMs), LONGEST_PAUSE_MS));
  }

  function newEvents(
    events: readonly DecidedEvent[],
    envelope: Envelope<Command>,
    commandHash: string | undefined,
    notBefore: string,
  ): NewEvent[] {
    const { commandId, actor, now, occurredAt, correlationId, causationId, source } = envelope;
    // A clock that was set back, or is behind that of another process, must not turn the order of what we learned.
    const recordedAt = [now, notBefore, log.clock?.newestRecordedAt() ?? ''].reduce((latest, each) => (each > latest ? each : latest));
    return events.map((event) => ({
      id: event.id ?? newId(),
      type: event.type,
      schemaVersion: registry?.get(event.type)?.version ?? 1,
      occurredAt: event.occurredAt ?? occurredAt,
      recordedAt,
      actor,
      correlationId,
      ...(causationId !== undefined && { causationId }),
      commandId,
      ...(commandHash !== undefined && { commandHash }),
      ...(source && { source }),
      data: event.data,
    }));
  }

  return {
    execute: (stream, envelope, context) => inTurn(stream, () => run(stream, envelope, context)),
    // Behind the command that is under way, which keeps what it has read.
    forget: (stream) => void inTurn(stream, async () => cache.delete(stream)),
  };
}

/**
 * Appended like any decision, at the revision that was decided on: so of two processes one is first, and the other finds the answer.
 * Nothing where there can be no retry, or where the caller remembers the command itself.
 */
const remembered = ({ commandHash, remember = true }: Envelope<unknown>): readonly DecidedEvent[] =>
  commandHash !== undefined && remember ? [{ type: commandRemembered.type, data: {} }] : [];

/** False where the log was exchanged since. Events of version 1 of the envelope do not say. */
const followsOn = ({ revision, hash }: FoldedStream<unknown>, next: DomainEvent | undefined): boolean =>
  next?.previousHash === undefined || revision < 0 || next.revision !== revision + 1 || next.previousHash === hash;

/** As it was when the command had been executed. */
const withHistory = (result: CommandResult, history: readonly FoldedEvent[] | undefined): CommandResult =>
  history ? { ...result, history: history.slice(0, result.revision + 1) } : result;

const firstAnswer = (stream: string, { revision, position }: Executed): CommandResult => ({
  stream,
  revision,
  position,
  eventIds: [],
  replayed: true,
});
