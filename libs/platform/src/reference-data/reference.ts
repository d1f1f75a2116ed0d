import { setTimeout as sleep } from 'node:timers/promises';
import { type Batch, type DomainEvent, type EventLog, EventLogUnavailable, ORIGIN, type Position, type SubscriptionItem } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';
import { withoutLost } from '../events/current-events.js';

/** A small projection kept in memory: folds a few streams and follows them. */
export interface Reference<State> {
  current(): State;
  /** The first event that it could not take in, if there is one: the state is without it. */
  notUnderstood(): DomainEvent | undefined;
  /** Streams of which something was taken in without its personal fields, as their key is lost. */
  withoutKey(): ReadonlySet<string>;
  /**
   * Resolves once everything up to the position is in; what makes a command that published something read its own write.
   * @throws what the following broke with
   */
  reached(position: string): Promise<void>;
  /** Ends the following; the state stays. */
  close(): Promise<void>;
}

export interface ReferenceOptions<State> {
  readonly log: Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;
  readonly streamPrefix: string;
  readonly types: readonly string[];
  readonly initial: State;
  readonly apply: (state: State, event: DomainEvent) => State;
  /** The following broke for good, by no fault of the engine: commands would be decided on old rules. */
  readonly onFailure: (error: unknown) => void;
  /** The log does not answer, and is tried until it does. Logged once for each time that it is away. */
  readonly onInterrupted?: ((error: EventLogUnavailable) => void) | undefined;
}

/** Looking after every commit would cost each command a query; whoever waits for a position is not kept waiting by this. */
const PAUSE_MS = 100;

/** Resolves when everything in the log is in. */
export const openReference = async <State>(options: ReferenceOptions<State>): Promise<Reference<State>> => {
  const { log, streamPrefix, types, apply } = options;
  let state = options.initial;
  const upTo = await log.head();
  const past = log.readByStream?.({ upTo, streamPrefix }) ?? log.readAll({ upTo, streamPrefix });
  let notUnderstood: DomainEvent | undefined;
  const withoutKey = new Set<string>();
  const take = (batch: Batch) => {
    for (const event of batch) if (event.notUnderstood === 'key-lost') withoutKey.add(event.stream);
    // Nothing that is decided depends on them.
    const events = batch.map(withoutLost);
    notUnderstood ??= events.find((event) => event.notUnderstood !== undefined);
    state = events.filter((event) => event.notUnderstood === undefined && types.includes(event.type)).reduce(apply, state);
  };
  for await (const batch of upTo === ORIGIN ? [] : past) take(batch);

  let at: Position = upTo;
  let hurry = () => {};
  let interrupted = false;
  let broken: { readonly error: unknown } | undefined;
  const waiting = new Set<{ readonly position: string; resolve(): void; reject(error: unknown): void }>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const asked = () =>
    new Promise<void>((resolve) => {
      hurry = resolve;
    });
  const takeNext = async (item: SubscriptionItem): Promise<void> => {
    interrupted = false;
    if (item.kind === 'batch') take(item.events);
    at = item.head;
    for (const one of waiting) if (one.position <= at && waiting.delete(one)) one.resolve();
    if (waiting.size === 0) await Promise.race([asked(), sleep(PAUSE_MS, undefined, { ref: false, signal })]);
  };
  const failed = (error: unknown) => {
    if (!(error instanceof EventLogUnavailable)) throw error;
    if (!interrupted) options.onInterrupted?.(error);
    interrupted = true;
  };
  const items = (after = upTo) => log.subscribe({ after, streamPrefix, signal });
  const following = followDurably({ items, take: takeNext, failed, signal }).catch((error) => {
    broken = { error };
    for (const one of waiting) one.reject(error);
    options.onFailure(error);
  });

  return {
    current: () => state,
    notUnderstood: () => notUnderstood,
    withoutKey: () => withoutKey,
    async reached(position) {
      if (position <= at) return;
      if (broken) throw broken.error;
      await new Promise<void>((resolve, reject) => {
        waiting.add({ position, resolve, reject });
        hurry();
      });
    },
    async close() {
      stopping.abort();
      await following;
      for (const one of waiting) one.resolve();
    },
  };
};
