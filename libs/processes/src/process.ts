import type { DomainEvent } from '#event-log';
import type { PolicyHistory } from '#relationship';

export interface ProcessContext {
  /** When the process was started for the first time on this chronicle. */
  readonly begunAt: string;
  readonly policies: PolicyHistory;
}

/** The event that brought something about: commands that follow from it name it. */
export type Cause = Pick<DomainEvent, 'id' | 'correlationId'>;

/** Something that is to be done at an instant unless the state changes before. */
export interface Timer {
  /** Unique among those of one state. */
  readonly key: string;
  readonly at: string;
  readonly cause: Cause;
}

export type Input = { readonly kind: 'event'; readonly event: DomainEvent } | { readonly kind: 'timer'; readonly timer: Timer };

/** A command as a process issues it: its id, its actor and what links it to its cause are added by the host. */
export interface IssuedCommand {
  readonly name: string;
  readonly targetId: string;
  readonly body: object;
  readonly occurredAt?: string;
}

/**
 * A named effect outside the log, which the program that runs the process carries out. It is repeated until its outcome is recorded, so done
 * twice it does no more than once.
 */
export interface PerformedStep {
  readonly perform: string;
}

export type Output = IssuedCommand | PerformedStep;

/**
 * A process manager: pure, without clock, ids and I/O. Its state follows from the events that it handles, and its timers follow from the state,
 * so that neither costs an event: the log gains one only when the process issues commands, and one when these were answered.
 */
export interface Process<State> {
  /** One word without hyphens: its streams are `process-<name>-<id>`. Persisted, so never changed. */
  readonly name: string;
  /** Types of events, all of which have the streams that `idOf` knows. */
  readonly handles: readonly string[];
  /** Which instance an event is for; undefined where it is none of its business. */
  idOf(event: Pick<DomainEvent, 'stream' | 'data'>): string | undefined;
  /** Called too with the `process-commands-answered` of the instance. Undefined where there is nothing left to be done. */
  evolve(state: State | undefined, event: DomainEvent, context: ProcessContext): State | undefined;
  timers(state: State, context: ProcessContext): readonly Timer[];
  /**
   * At most 500 for one input; none where it does not matter, which leaves no event. Carried out in this order, the commands before the
   * steps; the outcomes of all of them are recorded together.
   */
  decide(state: State | undefined, input: Input, id: string, context: ProcessContext): readonly Output[];
  /** Who issues a command, where that is not the process itself. */
  actorOf?(command: IssuedCommand): string;
  /** The commands of one input are about subjects that have nothing to do with one another: what cannot be decided of one is answered so. */
  readonly ofMany?: true;
  /** Instances that are looked after at the same time: 10 when absent. */
  readonly atOnce?: number;
}
