import { isRetraction } from '../kernel/retractions.js';
import { type Data, type History, type Item, itemOf, retractions } from './in-place.js';

const keyOf = ({ kind, id }: Item): string => `${kind}|${id}`;

/**
 * On what it depends whether a curator may open the customer: what is recorded about the customer and cannot be taken back, what is about work
 * that was ever given to the curator by name, and the retractions of that.
 */
export const concerningAccessOf = <Event extends History[number]>(history: readonly Event[], curatorId: string): readonly Event[] => {
  const given = history.filter(({ data }) => (data as Data).curatorId === curatorId).flatMap((event) => itemOf(event) ?? []);
  const work = new Set(given.map(keyOf));
  const retracted = new Map(history.filter(isRetraction).map((event) => [event.data.eventId, event as Event]));
  const kept = new Set<Event>();
  for (const event of history) {
    const item = itemOf(event);
    if (item ? !work.has(keyOf(item)) : isRetraction(event) || retractions.get(event.type) !== undefined) continue;
    kept.add(event);
    const retraction = retracted.get(event.id);
    if (retraction) kept.add(retraction);
  }
  return history.filter((event) => kept.has(event));
};
