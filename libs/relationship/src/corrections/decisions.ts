import { activeOf, decideOnActive, type OnActive } from '../decide-on-active.js';
import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { type DecisionContext, type HistoryEvent, Rejection } from '../kernel/decider.js';
import { mustHaveHappened } from '../kernel/decision.js';
import type { Items, Retraction } from '../kernel/event.js';
import { plain, sameJson } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { effectiveEvents, eventRetracted, isRetraction } from '../kernel/retractions.js';
import { unknownMembers } from '../kernel/shape.js';
import type { Relationship } from '../relationship-state.js';
import { type RelationshipEvent, relationshipCommands, relationshipEvents } from '../slices.js';
import type { CorrectEvent, RetractEvent } from './commands.js';

/** With an id where another event names it. A retraction is about what is known, so it is dated by its recording. */
export type CorrectingEvent = RelationshipEvent & { readonly id?: string; readonly occurredAt: string };
type History = readonly HistoryEvent[];
type Data = Readonly<Record<string, unknown>>;

const retractions: ReadonlyMap<string, Retraction | undefined> = new Map(
  relationshipEvents.map(({ type, retraction }) => [type, retraction]),
);
const bodies: ReadonlyMap<string, new () => object> = new Map(relationshipCommands.map(({ name, body }) => [name, body]));

export const retractEvent = ({ eventId, reason }: RetractEvent, context: DecisionContext, history: History): readonly CorrectingEvent[] => {
  const { event, retraction } = mustBeRetractable(eventId, history);
  const dependants = dependantsOf(event, retraction, history);
  if (dependants.length > 0)
    reject(
      'event-has-dependants',
      `Other events refer to what event ${eventId} created (${dependants.length}); retract those first, or correct the event.`,
      { eventId, dependants },
    );
  return [retracted({ eventId, reason }, context)];
};

/**
 * The right event is decided as it would have been in the place of the wrong one: on what was known then, by the same actor. What was
 * recorded later has to be as possible after it as it was before.
 */
export const correctEvent = (
  { eventId, data, reason }: CorrectEvent,
  context: DecisionContext,
  history: History,
): readonly CorrectingEvent[] => {
  const { retraction } = mustBeRetractable(eventId, history);
  const counting = effectiveEvents(history);
  const place = counting.findIndex(({ id }) => id === eventId);
  const wrong = counting[place]!;
  const occurredAt = context.occurredAt === context.now ? wrong.occurredAt : context.occurredAt;
  const before = counting.slice(0, place).reduce<Relationship>(evolveRelationship, initialRelationship);
  const body = bodyOf(data, wrong, retraction, context);
  const [decided] = decideInPlace(before, { ...wrong, data: body, occurredAt }, retraction, context);
  if (decided === undefined)
    return reject('nothing-recorded', `The correction would change nothing at its place in history; retract event ${eventId} instead.`, {
      eventId,
    });
  const right = { ...wrong, data: decided.data, occurredAt };
  if (sameJson(right.data, wrong.data) && occurredAt === wrong.occurredAt) return [];
  mustStayPossible(before, wrong, right, counting.slice(place + 1), context);
  return [retracted({ eventId, reason, replacedBy: context.newEventId }, context), { ...decided, id: context.newEventId, occurredAt }];
};

const retracted = (data: { eventId: string; reason: string; replacedBy?: string }, { now }: DecisionContext): CorrectingEvent => ({
  type: eventRetracted.type,
  data: plain(data),
  occurredAt: now,
});

interface Retractable {
  readonly event: HistoryEvent;
  readonly retraction: Retraction;
}

const mustBeRetractable = (eventId: string, history: History): Retractable => {
  const event = history.find(({ id, type }) => id === eventId && retractions.has(type));
  if (event === undefined) return reject('event-unknown', `The customer has no event ${eventId}.`, { eventId });
  const retraction = retractions.get(event.type);
  if (retraction === undefined)
    return reject('event-not-retractable', `Events of type ${event.type} cannot be retracted or corrected.`, { eventId, type: event.type });
  const former = history.filter(isRetraction).find(({ data }) => data.eventId === eventId);
  if (former !== undefined) {
    const { id: retractedBy, data } = former;
    const instead = data.replacedBy === undefined ? '' : ` and replaced by event ${data.replacedBy}`;
    reject(
      'event-already-retracted',
      `Event ${eventId} is already retracted${instead}.`,
      plain({ eventId, retractedBy, replacedBy: data.replacedBy }),
    );
  }
  return { event, retraction };
};

/** Those that refer to the item that it creates. */
const dependantsOf = ({ data }: HistoryEvent, { creates = {} }: Retraction, history: History): readonly string[] =>
  Object.entries(creates).flatMap(([kind, pointer]) => {
    const item = valueAt(data, pointer);
    return effectiveEvents(history).flatMap(({ id, type, data: other }) => {
      const reference = retractions.get(type)?.refersTo?.[kind as keyof Items];
      return reference !== undefined && valueAt(other, reference) === item ? [id] : [];
    });
  });

const valueAt = (data: unknown, pointer: string): unknown =>
  pointer
    .slice(1)
    .split('/')
    .reduce((value, name) => (value as Data | undefined)?.[name], data);

/** What the decider derived may be given as it was recorded, so that an event can be read, mended in one place and sent. */
const bodyOf = (given: Data, wrong: HistoryEvent, { command, creates, refersTo }: Retraction, context: DecisionContext): object => {
  const recorded = wrong.data as Data;
  const shape = bodies.get(command)!;
  const unknown = new Set(unknownMembers(shape, given));
  const body = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !(unknown.has(`/${name}`) && sameJson(value, recorded[name]))),
  );
  // The first is what the event is about.
  const [pointer] = Object.values(creates ?? refersTo ?? {});
  if (pointer === undefined) return context.readBody(shape, body, '/data');
  const item = pointer.slice(1);
  if (body[item] !== undefined && body[item] !== recorded[item])
    reject('item-id-changed', `The ${item} of event ${wrong.id} is ${recorded[item]}; retract the event and record another one.`, {
      eventId: wrong.id,
      [item]: recorded[item],
    });
  return context.readBody(shape, { ...body, [item]: recorded[item] }, '/data');
};

/** As though it was asked for when it was recorded. */
const decideInPlace = (
  state: Relationship,
  { data, occurredAt, recordedAt, actor }: HistoryEvent,
  { command }: Retraction,
  context: DecisionContext,
): readonly RelationshipEvent[] => {
  const then = { ...context, now: recordedAt, occurredAt, actor };
  mustHaveHappened(then);
  return decideOnActive(activeOf(state), { name: command, body: data } as OnActive, then);
};

/**
 * Each later event was decided once; a rule that rejects it both with the wrong event and with the right one came later, such as a version of
 * a policy. The data of an event hold the body of its command, as far as a decision goes by it.
 */
const mustStayPossible = (
  before: Relationship,
  wrong: HistoryEvent,
  right: HistoryEvent,
  later: History,
  context: DecisionContext,
): void => {
  let [recorded, corrected] = [evolveRelationship(before, wrong), evolveRelationship(before, right)];
  for (const event of later) {
    const rejection = rejectionOf(corrected, event, context);
    if (rejection !== undefined && rejectionOf(recorded, event, context) === undefined) {
      const { id: eventId, type } = event;
      throw new Rejection(rejection.code, `Event ${eventId} (${type}) would not be possible after the correction: ${rejection.message}`, {
        ...rejection.details,
        eventId,
      });
    }
    recorded = evolveRelationship(recorded, event);
    corrected = evolveRelationship(corrected, event);
  }
};

const rejectionOf = (state: Relationship, event: HistoryEvent, context: DecisionContext): Rejection | undefined => {
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
