import { activeOf, decideOnActive, type OnActive } from '../decide-on-active.js';
import { type DecisionContext, type HistoryEvent, Rejection } from '../kernel/decider.js';
import { mustHaveHappened } from '../kernel/decision.js';
import type { ItemKind, Retraction } from '../kernel/event.js';
import { inForceThroughout, type PolicyName, policiesKnownAt } from '../policies/policy.js';
import type { Relationship } from '../relationship-state.js';
import { type RelationshipEvent, relationshipEvents } from '../slices.js';

export type History = readonly HistoryEvent[];
export type Data = Readonly<Record<string, unknown>>;

/** By type of event; undefined where it cannot be taken back. */
export const retractions: ReadonlyMap<string, Retraction | undefined> = new Map(
  relationshipEvents.map(({ type, retraction }) => [type, retraction]),
);

/**
 * As though it was asked for when it was recorded, by the policies known then.
 * @param versionOf the event that names the version of a policy which is kept
 * @throws Rejection
 */
export const decideInPlace = (
  state: Relationship,
  { data, occurredAt, recordedAt, actor }: HistoryEvent,
  { command, policyVersion }: Retraction,
  context: DecisionContext,
  versionOf: unknown = data,
): readonly RelationshipEvent[] => {
  const known = policiesKnownAt(context.policies, recordedAt);
  const policies = policyVersion
    ? inForceThroughout(known, policyVersion.policy as PolicyName, (versionOf as Data)[policyVersion.member] as number)
    : known;
  const then = { ...context, policies, now: recordedAt, occurredAt, actor };
  mustHaveHappened(then);
  return decideOnActive(activeOf(state), { name: command, body: data } as OnActive, then);
};

export const rejectionOf = (state: Relationship, event: HistoryEvent, context: DecisionContext): Rejection | undefined => {
  const retraction = retractions.get(event.type);
  if (retraction === undefined) return undefined;
  try {
    decideInPlace(state, event, retraction, context);
    return undefined;
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
};

export interface Item {
  readonly kind: ItemKind;
  readonly id: unknown;
  /** Pointer to the id in the event. */
  readonly pointer: string;
}

/** What an event is about: the first item that it names. */
export const itemOf = ({ type, data }: HistoryEvent): Item | undefined => {
  const { creates, refersTo } = retractions.get(type) ?? {};
  const [named] = Object.entries(creates ?? refersTo ?? {});
  return named && { kind: named[0] as ItemKind, id: valueAt(data, named[1]), pointer: named[1] };
};

export const refersTo = ({ type, data }: HistoryEvent, { kind, id }: Item): boolean => {
  const pointer = retractions.get(type)?.refersTo?.[kind];
  return pointer !== undefined && valueAt(data, pointer) === id;
};

/** What can have to do with an item: the events that name it, and those about the customer that cannot be taken back. */
export const concerning = (history: History, item: Item): History =>
  history.filter((event) => {
    const creating = retractions.get(event.type)?.creates?.[item.kind];
    return (
      retractions.get(event.type) === undefined ||
      refersTo(event, item) ||
      (creating !== undefined && valueAt(event.data, creating) === item.id)
    );
  });

const valueAt = (data: unknown, pointer: string): unknown =>
  pointer
    .slice(1)
    .split('/')
    .reduce((value, name) => (value as Data | undefined)?.[name], data);
