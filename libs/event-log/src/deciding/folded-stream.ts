import { ORIGIN, type Position } from '../event-log.js';
import type { FoldedEvent } from './decider.js';

export interface Executed {
  readonly commandHash: string;
  /** Of the last event of the command. */
  readonly revision: number;
  readonly position: Position;
}

/** A stream folded up to a revision, with what the runner itself has to remember of it. */
export interface FoldedStream<State> {
  state: State;
  /** −1 where there is no stream. */
  revision: number;
  position: Position;
  hash: string;
  recordedAt: string;
  /** In a row, by the runner that keeps it. */
  appends: number;
  /** Those that may be repeated. */
  readonly commands: Map<string, Executed>;
}

/** Position and hash are those of the event, or of the last one appended together with it. */
export type PlacedEvent = FoldedEvent & { readonly position: Position; readonly hash: string };

export function emptyStream<State>(initialState: State): FoldedStream<State> {
  return { state: initialState, revision: -1, position: ORIGIN, hash: '', recordedAt: '', appends: 0, commands: new Map() };
}

/**
 * The state is folded before anything is touched, so a throw leaves the stream as it was.
 * @param counting those of the events that the state is folded from
 */
export function fold<State>(
  stream: FoldedStream<State>,
  events: readonly PlacedEvent[],
  evolve: (state: State, event: FoldedEvent) => State,
  counting: readonly FoldedEvent[] = events,
): void {
  const last = events.at(-1);
  if (!last) return;
  stream.state = counting.reduce(evolve, stream.state);
  for (const { commandId, commandHash, revision, position } of events) {
    if (commandHash !== undefined) stream.commands.set(commandId, { commandHash, revision, position });
  }
  stream.revision = last.revision;
  stream.position = last.position;
  stream.hash = last.hash;
  stream.recordedAt = last.recordedAt;
}
