import type { Actor } from './aggregate.js';
import { type EventOf, event, id, optional, personal, strict, text } from './event.js';

export const eventRetracted = event(
  'event-retracted',
  'An event was recorded by mistake and no longer counts; `replacedBy` is the event, right after this one, that takes its place.',
  strict({ eventId: id(), reason: personal(text(500)), replacedBy: optional(id()) }),
  { shows: ['/eventId', '/replacedBy'], provided: [] },
);
export type EventRetracted = EventOf<typeof eventRetracted>;

/** What to read for whoever follows events of these types: a retraction changes which of them count. */
export const withRetractions = (types: readonly string[]): readonly string[] => [...new Set([...types, eventRetracted.type])];

/** What is needed of a recorded event to tell which ones count; the other members stay with it. */
export interface RecordedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  /** Where and when it was recorded, and by whom. */
  readonly revision?: number;
  readonly position?: string;
  readonly recordedAt?: string;
  readonly actor?: Actor;
}

export const isRetraction = <Event extends Pick<RecordedEvent, 'type' | 'data'>>(event: Event): event is Event & EventRetracted =>
  event.type === eventRetracted.type;

/**
 * The events that count of those of one subject, in order of recording up to any point: without the retracted ones and the retractions. A
 * replacement is where the event is that was recorded first, as though it had been recorded there and then by the same actor: at its
 * revision and position, with its `recordedAt`. Its id, data, `occurredAt` and all else are its own. The same list where nothing is retracted.
 */
export const effectiveEvents = <Event extends RecordedEvent>(events: readonly Event[]): readonly Event[] => {
  const retractions = new Map(events.filter(isRetraction).map(({ data }) => [data.eventId, data]));
  if (retractions.size === 0) return events;
  const replacing = new Set([...retractions.values()].flatMap(({ replacedBy }) => replacedBy ?? []));
  const replacements = new Map(events.filter(({ id }) => replacing.has(id)).map((event) => [event.id, event]));
  /** Undefined where none counts. */
  const inPlaceOf = (event: Event): Event | undefined => {
    let last: Event | undefined = event;
    for (let retraction = retractions.get(event.id); retraction; retraction = last && retractions.get(last.id))
      last = replacements.get(retraction.replacedBy ?? '');
    return last;
  };
  return events.flatMap((event) => {
    if (isRetraction(event) || replacing.has(event.id)) return [];
    const last = inPlaceOf(event);
    return last === undefined ? [] : [last === event ? event : { ...last, ...placeOf(event) }];
  });
};

const placeOf = ({ revision, position, recordedAt, actor }: RecordedEvent): Partial<RecordedEvent> =>
  Object.fromEntries(Object.entries({ revision, position, recordedAt, actor }).filter(([, value]) => value !== undefined));
