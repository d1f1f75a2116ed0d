import type { Actor, DomainEvent, Position, Source } from '../event-log.js';

/** An event as a decider makes it. */
export interface DecidedEvent {
  /** Where another decided event names it; a new one when absent. */
  readonly id?: string;
  readonly type: string;
  readonly data: unknown;
  /** Where it differs from that of the command. */
  readonly occurredAt?: string;
}

/** What a fold sees: the event as it is in the log, without what the log adds for itself, which no state depends on. */
export type FoldedEvent = Omit<DomainEvent, 'position' | 'hash' | 'envelopeVersion' | 'previousHash' | 'published'>;

/** Pure: no clock, no ids, no I/O. `decide` throws to reject. */
export interface Decider<State, Command, Event extends DecidedEvent, Context> {
  initialState(stream: string): State;
  evolve(state: State, event: FoldedEvent): State;
  /** @param history all events of the stream, for a command that reads them */
  decide(state: State, command: Command, context: Context, history?: readonly FoldedEvent[]): readonly Event[];
  /** Where some events take back others; all of them count when absent. */
  readonly retractions?: Retractions<Command>;
  /**
   * Where it depends on the state whether a command may be given at all. Asked on the state that is decided on, before all else: whoever
   * may not open a stream learns neither its revision nor that a command was executed. The answer throws to reject.
   */
  admission?(command: Command, context: Context): Admission<State> | undefined;
}

export interface Retractions<Command> {
  /** After such an event the stream is folded again. */
  isRetraction(event: FoldedEvent): boolean;
  /** Those of all events of a stream that count, in the order in which they are folded. */
  effective(events: readonly FoldedEvent[]): readonly FoldedEvent[];
  readsHistory(command: Command): boolean;
}

export type Admission<State> = (state: State, command: AskedOfStream) => void;

export interface AskedOfStream {
  readonly stream: string;
  /** It was executed before, under this id or a former one: its answer tells of the stream. */
  readonly isRepeated: boolean;
  /** It expects a revision of a stream that is there: whether it is the right one tells of the stream, too. */
  readonly comparesRevision: boolean;
}

/** A command with all that is kept of it beside what it says. */
export interface Envelope<Command> {
  /** Idempotency key: the same id with the same hash is the same command. */
  readonly commandId: string;
  /** Absent where the id is a new one, so that nothing can be the same command. A function is called once something is to be appended. */
  readonly commandHash?: string | ((to: { readonly isNew: boolean }) => Promise<string>);
  /** Whether a stored hash is of the same command, although it may be of another kind; equality when absent. */
  readonly isSameCommand?: (storedHash: string) => boolean | Promise<boolean>;
  readonly command: Command;
  readonly actor: Actor;
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly source?: Source;
  readonly formerly?: FormerIdentity;
  /** The revision that the client has seen (If-Match). */
  readonly expectedRevision?: number;
  /** `false` where the caller remembers by itself what decided nothing; a command that may be repeated is remembered otherwise. */
  readonly remember?: boolean;
  /** `false`: where there would be something to append, EventsWithheld is thrown instead. */
  readonly append?: boolean;
}

/** Another id under which the same command may have been executed. */
export interface FormerIdentity {
  readonly commandId: string;
  /** Whether a fingerprint that is stored under that id is of this command. */
  isOf(commandHash: string): boolean | Promise<boolean>;
}

export interface CommandResult {
  readonly stream: string;
  /** Revision and position of the last event of the command; those of the stream where nothing was appended. −1 for no stream. */
  readonly revision: number;
  readonly position: Position;
  /** Ids of the decided events; empty for a replayed command and for one that decided nothing. */
  readonly eventIds: readonly string[];
  /** True when the command had been executed before and this is the first answer again. */
  readonly replayed: boolean;
  /** The id under which it had been executed, where that is its former one. */
  readonly executedAs?: string;
  /** All events of the stream up to the last one of the command, for a command that reads them. */
  readonly history?: readonly FoldedEvent[];
}

/** The command would append events, and was not to. */
export class EventsWithheld extends Error {
  override readonly name = 'EventsWithheld';
  constructor(readonly stream: string) {
    super('the command would append events');
  }
}

/** The stream is not where the client thinks it is. Revisions are −1 where there is no stream. */
export class RevisionMismatch extends Error {
  override readonly name = 'RevisionMismatch';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`the stream is at revision ${actual}, the command expects ${expected}`);
  }
}
