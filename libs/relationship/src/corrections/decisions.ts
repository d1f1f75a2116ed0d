import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { type DecisionContext, type HistoryEvent, Rejection } from '../kernel/decider.js';
import type { Retraction } from '../kernel/event.js';
import { plain, sameJson } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { effectiveEvents, eventRetracted, isRetraction } from '../kernel/retractions.js';
import { unknownMembers } from '../kernel/shape.js';
import type { Relationship } from '../relationship-state.js';
import { type RelationshipEvent, relationshipCommands } from '../slices.js';
import type { CorrectEvent, RetractEvent } from './commands.js';
import { concerning, type Data, decideInPlace, type History, itemOf, refersTo, retractions } from './in-place.js';
import { effectsOn, isMark, type LaterEffect } from './later-events.js';
import { mustBeGivable } from './returned-work.js';

/** With an id where another event names it. A retraction is about what is known, so it is dated by its recording. */
export type CorrectingEvent = RelationshipEvent & { readonly id?: string; readonly occurredAt: string };

const bodies: ReadonlyMap<string, new () => object> = new Map(relationshipCommands.map(({ name, body }) => [name, body]));

const folded = (events: History): Relationship => events.reduce<Relationship>(evolveRelationship, initialRelationship);

/** Marks of processes that would not be possible without the event are taken back with it. */
export const retractEvent = ({ eventId, reason }: RetractEvent, context: DecisionContext, history: History): readonly CorrectingEvent[] => {
  const { event, retraction } = mustBeRetractable(eventId, history);
  const counting = effectiveEvents(history);
  const { marks, dependants } = leaning(event, retraction, counting, context);
  if (dependants.length > 0)
    reject(
      'event-has-dependants',
      `Other events depend on event ${eventId} (${dependants.length}); retract those first, or correct the event.`,
      { eventId, dependants },
    );
  const gone = [eventId, ...marks];
  mustBeGivable(
    event,
    counting,
    counting.filter(({ id }) => !gone.includes(id)),
    context,
  );
  return gone.map((id) => retracted({ eventId: id, reason }, context));
};

/** What depends on an event: what refers to the item that it creates, or was derived from it. */
const leaning = (event: HistoryEvent, { creates }: Retraction, counting: History, context: DecisionContext) => {
  const item = itemOf(event);
  if (item === undefined) return { marks: [], dependants: [] };
  const about = concerning(counting, item);
  const place = about.findIndex(({ id }) => id === event.id);
  const before = folded(about.slice(0, place));
  const effects = [...effectsOn(about.slice(place + 1), evolveRelationship(before, about[place]!), before, context)];
  const referring = creates ? about.filter((other) => refersTo(other, item)) : [];
  const named = (of: (event: HistoryEvent) => boolean, kind: LaterEffect['kind']): readonly string[] => {
    const affected = effects.filter((each) => each.kind === kind).map(({ event: other }) => other);
    return [...new Set([...referring.filter(of), ...affected].map(({ id }) => id))];
  };
  return { marks: named(isMark, 'mark-undone'), dependants: named((other) => !isMark(other), 'differs') };
};

/**
 * The right event is decided as it would have been in the place of the wrong one: on what was known then, by the same actor. What was
 * recorded later has to be as possible after it as it was before, and as it is; marks of processes that are not are taken back with it.
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
  // What customers may not record themselves others may yet say of what they recorded.
  const actor = wrong.actor.kind === 'customer' ? context.actor : wrong.actor;
  const before = folded(counting.slice(0, place));
  const body = bodyOf(data, wrong, retraction, context);
  const [decided] = decideInPlace(before, { ...wrong, actor, data: body, occurredAt }, retraction, context, wrong.data);
  if (decided === undefined)
    return reject('nothing-recorded', `The correction would change nothing at its place in history; retract event ${eventId} instead.`, {
      eventId,
    });
  const right = { ...wrong, data: decided.data, occurredAt };
  if (sameJson(right.data, wrong.data) && occurredAt === wrong.occurredAt) return [];
  const marks = mustStayPossible(before, wrong, right, counting.slice(place + 1), context);
  const replacedBy = context.newEventId;
  const both = [retracted({ eventId, reason, replacedBy }, context), { ...decided, id: replacedBy, occurredAt }];
  mustBeGivable(wrong, counting, counting.with(place, right), context);
  return [...both, ...marks.map((id) => retracted({ eventId: id, reason }, context))];
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

/** What the decider derived may be given as it was recorded, so that an event can be read, mended in one place and sent. */
const bodyOf = (given: Data, wrong: HistoryEvent, { command }: Retraction, context: DecisionContext): object => {
  const recorded = wrong.data as Data;
  const shape = bodies.get(command)!;
  const unknown = new Set(unknownMembers(shape, given));
  const body = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !(unknown.has(`/${name}`) && sameJson(value, recorded[name]))),
  );
  const item = itemOf(wrong);
  if (item === undefined) return context.readBody(shape, body, '/data');
  const { id } = item;
  const member = item.pointer.slice(1);
  if ((body[member] ?? id) !== id)
    reject('item-id-changed', `The ${member} of event ${wrong.id} is ${id}; retract the event and record another one.`, {
      eventId: wrong.id,
      [member]: id,
    });
  return context.readBody(shape, { ...body, [member]: id }, '/data');
};

/** The marks that are not possible any more. */
const mustStayPossible = (
  before: Relationship,
  wrong: HistoryEvent,
  right: HistoryEvent,
  later: History,
  context: DecisionContext,
): readonly string[] => {
  const marks: string[] = [];
  for (const effect of effectsOn(later, evolveRelationship(before, wrong), evolveRelationship(before, right), context)) {
    const { id: eventId, type } = effect.event;
    switch (effect.kind) {
      case 'mark-undone':
        marks.push(eventId);
        break;
      case 'rejected': {
        const { code, message, details } = effect.rejection;
        throw new Rejection(code, `Event ${eventId} (${type}) would not be possible after the correction: ${message}`, {
          ...details,
          eventId,
        });
      }
      case 'differs':
        reject(
          'later-event-differs',
          `The ${effect.member} of event ${eventId} (${type}) would differ after the correction; retract that event first, and record it again after the correction.`,
          { eventId, member: effect.member },
        );
    }
  }
  return marks;
};
