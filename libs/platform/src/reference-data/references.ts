import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainEvent, type EventLog, type EventLogUnavailable, sharedHead } from '#event-log';
import {
  type Aggregate,
  aggregates,
  type Curators,
  curator,
  type PolicyHistory,
  policy,
  prefixOf,
  type ReferenceData,
  type Subscribers,
  subscriber,
} from '#relationship';
import { Problem } from '../problems/problem.js';
import { openReference, type Reference } from './reference.js';

type FollowableLog = Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;
type OnFailure = (error: unknown) => void;
type OnInterrupted = (error: EventLogUnavailable) => void;

/** The reference data of every aggregate that declares some. */
export interface References {
  readonly policies: Reference<PolicyHistory>;
  readonly curators: Reference<Curators>;
  readonly subscribers: Reference<Subscribers>;
  of(aggregate: Pick<Aggregate, 'category'>): Reference<unknown> | undefined;
  /** Events that they could not take in: nothing can be decided without them. */
  notUnderstood(): readonly DomainEvent[];
  /** Streams of which something was taken in without its personal fields, as their key is lost. */
  withoutKey(): readonly string[];
  /**
   * Resolves when all that was appended before the call is in, whoever appended it. Whoever asks at the same time shares the question.
   * @throws Problem `reference-data-behind` where that takes more than 2 s; EventLogUnavailable
   */
  fresh(): Promise<void>;
  close(): Promise<void>;
}

const LONGEST_WAIT_MS = 2_000;

export const openReferences = async (log: FollowableLog, onFailure: OnFailure, onInterrupted?: OnInterrupted): Promise<References> => {
  const opened = new Map<string, Reference<unknown>>();
  const close = async () => {
    for (const reference of opened.values()) await reference.close();
  };
  try {
    for (const { category, reference } of aggregates as readonly Aggregate[])
      if (reference) opened.set(category, await openReferenceOf({ category, reference }, log, onFailure, onInterrupted));
  } catch (error) {
    await close();
    throw error;
  }
  const headOf = sharedHead(log);
  const reachHead = async () => {
    const head = await headOf();
    await Promise.all([...opened.values()].map((reference) => reference.reached(head)));
  };
  const fresh = async () => {
    const settled = new AbortController();
    const late = sleep(LONGEST_WAIT_MS, undefined, { ref: false, signal: settled.signal }).then(() => {
      throw new Problem('reference-data-behind', undefined, {}, 1);
    });
    await Promise.race([reachHead(), late]).finally(() => settled.abort());
  };
  const notUnderstood = () => [...opened.values()].flatMap((reference) => reference.notUnderstood() ?? []);
  const withoutKey = () => [...opened.values()].flatMap((reference) => [...reference.withoutKey()]);
  const typed = <State>({ category }: Referred<State>) => opened.get(category) as Reference<State>;
  const of: References['of'] = ({ category }) => opened.get(category);
  return { policies: typed(policy), curators: typed(curator), subscribers: typed(subscriber), of, notUnderstood, withoutKey, fresh, close };
};

interface Referred<State> extends Pick<Aggregate, 'category'> {
  readonly reference: ReferenceData<State>;
}

export const openReferenceOf = <State>(
  { category, reference: { types, initial, apply } }: Referred<State>,
  log: FollowableLog,
  onFailure: OnFailure,
  onInterrupted?: OnInterrupted,
): Promise<Reference<State>> =>
  openReference<State>({ log, streamPrefix: prefixOf({ category }), types, initial, apply, onFailure, onInterrupted });
