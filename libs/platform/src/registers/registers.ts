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
import { openRegister, type Register } from './register.js';

type FollowableLog = Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;
type OnFailure = (error: unknown) => void;
type OnInterrupted = (error: EventLogUnavailable) => void;

/** The reference data of every aggregate that declares some. */
export interface Registers {
  readonly policies: Register<PolicyHistory>;
  readonly curators: Register<Curators>;
  of(aggregate: Pick<Aggregate, 'category'>): Register<unknown> | undefined;
  /** Events that they could not take in: nothing can be decided without them. */
  notUnderstood(): readonly DomainEvent[];
  close(): Promise<void>;
}

export const openRegisters = async (log: FollowableLog, onFailure: OnFailure, onInterrupted?: OnInterrupted): Promise<Registers> => {
  const opened = new Map<string, Register<unknown>>();
  const close = async () => {
    for (const register of opened.values()) await register.close();
  };
  try {
    for (const { category, reference } of aggregates as readonly Aggregate[])
      if (reference) opened.set(category, await openRegisterOf({ category, reference }, log, onFailure, onInterrupted));
  } catch (error) {
    await close();
    throw error;
  }
  const notUnderstood = () => [...opened.values()].flatMap((register) => register.notUnderstood() ?? []);
  const typed = <State>({ category }: Referred<State>) => opened.get(category) as Register<State>;
  return { policies: typed(policy), curators: typed(curator), of: ({ category }) => opened.get(category), notUnderstood, close };
};

interface Referred<State> extends Pick<Aggregate, 'category'> {
  readonly reference: ReferenceData<State>;
}

export const openRegisterOf = <State>(
  { category, reference: { types, initial, apply } }: Referred<State>,
  log: FollowableLog,
  onFailure: OnFailure,
  onInterrupted?: OnInterrupted,
): Promise<Register<State>> =>
  openRegister<State>({ log, streamPrefix: prefixOf({ category }), types, initial, apply, onFailure, onInterrupted });
