import type { DomainEvent } from '#event-log';
import { effectiveEvents, isRetraction } from '#relationship/read-side.js';

/** A retraction that can be read. */
export const retracts = (event: DomainEvent): boolean => isRetraction(event) && event.notUnderstood === undefined;

/** Whether its replacement is still to come: both are one change. */
export const isHalf = (event: DomainEvent | undefined): boolean =>
  event !== undefined && retracts(event) && (event.data as { readonly replacedBy?: string }).replacedBy !== undefined;

/**
 * What a document is folded from, of the events of a subject up to any point in the order of the log: those that count, see `effectiveEvents`.
 * A retraction at the end, with its replacement, counts as one event where the subject's events end, so that a document says how far it is.
 * Behind an event that is not understood nothing counts. The same list where nothing is retracted.
 */
export function countingEvents(events: readonly DomainEvent[]): readonly DomainEvent[] {
  if (!events.some(retracts)) return events;
  const end = events.findIndex(({ notUnderstood }) => notUnderstood !== undefined);
  const understood = end < 0 ? events : events.slice(0, end);
  const whole = isHalf(understood.at(-1)) ? understood.slice(0, -1) : understood;
  const counting = effectiveEvents(whole);
  const last = understood.at(-1);
  const marked = last && counting.at(-1) !== last ? [...counting, correctionAt(last, understood)] : counting;
  return end < 0 ? marked : [...marked, events[end]!];
}

const correctionAt = ({ revision, position, hash }: DomainEvent, events: readonly DomainEvent[]): DomainEvent => ({
  ...events.findLast(retracts)!,
  revision,
  position,
  hash,
});
