import type { DomainEvent, EventLog, EventLogUnavailable } from '#event-log';
import {
  type Aggregate,
  aggregates,
  type Curators,
  curator,
  type PolicyHistory,
  policy,
  prefixOf,
  type ReferenceData,
} from '#relationship';
import { openReference, type Reference } from './reference.js';

type FollowableLog = Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;
type OnFailure = (error: unknown) => void;
type OnInterrupted = (error: EventLogUnavailable) => void;

/** The reference data of every aggregate that declares some. */
export interface References {
  readonly policies: Reference<PolicyHistory>;
  readonly curators: Reference<Curators>;
  of(aggregate: Pick<Aggregate, 'category'>): Reference<unknown> | undefined;
  /** Events that they could not take in: nothing can be decided without them. */
  notUnderstood(): readonly DomainEvent[];
  close(): Promise<void>;
}

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
  const notUnderstood = () => [...opened.values()].flatMap((reference) => reference.notUnderstood() ?? []);
  const typed = <State>({ category }: Referred<State>) => opened.get(category) as Reference<State>;
  return { policies: typed(policy), curators: typed(curator), of: ({ category }) => opened.get(category), notUnderstood, close };
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
