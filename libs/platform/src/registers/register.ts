import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, ORIGIN, type Position, type RecordedEvent } from '#event-log';

/** A small fact base kept in memory by folding a few streams, and following them. */
export interface Register<State> {
  current(): State;
  /** Resolves once everything up to the position is in; what makes a command that published something read its own write. */
  reached(position: string): Promise<void>;
  /** Ends the following; the state stays. */
  close(): Promise<void>;
}

export interface RegisterOptions<State> {
  readonly log: Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;
  readonly streamPrefix: string;
  readonly types: readonly string[];
  readonly initial: State;
  readonly apply: (state: State, event: RecordedEvent) => State;
  /** The following broke for good: commands would be decided on old rules. */
  readonly onFailure: (error: unknown) => void;
}

/** Looking after every commit would cost each command a query; whoever waits for a position is not kept waiting by this. */
const PAUSE_MS = 100;

/** Resolves when everything in the log is in. */
export const openRegister = async <State>(options: RegisterOptions<State>): Promise<Register<State>> => {
  const { log, streamPrefix, types, apply } = options;
  let state = options.initial;
  const upTo = await log.head();
  const past = log.readByStream?.({ upTo, streamPrefix }) ?? log.readAll({ upTo, streamPrefix });
  for await (const batch of upTo === ORIGIN ? [] : past) state = batch.reduce(apply, state);

  let at: Position = upTo;
  let hurry = () => {};
  const waiting = new Set<{ readonly position: string; readonly resolve: () => void }>();
  const stopping = new AbortController();
  const asked = () =>
    new Promise<void>((resolve) => {
      hurry = resolve;
    });
  const following = (async () => {
    for await (const item of log.subscribe({ after: upTo, types, streamPrefix, signal: stopping.signal })) {
      if (item.kind === 'batch') state = item.events.reduce(apply, state);
      at = item.head;
      for (const one of waiting) if (one.position <= at && waiting.delete(one)) one.resolve();
      if (waiting.size === 0) await Promise.race([asked(), sleep(PAUSE_MS, undefined, { ref: false, signal: stopping.signal })]);
    }
  })().catch((error) => stopping.signal.aborted || options.onFailure(error));

  return {
    current: () => state,
    reached: (position) =>
      position <= at
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.add({ position, resolve });
            hurry();
          }),
    async close() {
      stopping.abort();
      await following;
      for (const one of waiting) one.resolve();
    },
  };
};
