import type { DomainEvent } from '#event-log';
import {
  customerErased,
  effectiveEvents,
  inTime,
  isRetraction,
  type Merge,
  mergeInForce,
  type RelationshipEvent,
} from '#relationship/read-side.js';
import { impersonal } from './impersonal.js';

/** A retraction that can be read. */
export const retracts = (event: DomainEvent): boolean => isRetraction(event) && event.notUnderstood === undefined;

/** Also where it is not understood: that it is there says enough. */
const erases = ({ type }: DomainEvent): boolean => type === customerErased.type;

/** Whether it changes which events before it count, or what is left of them: then a document is folded again. */
export const revises = (event: DomainEvent): boolean => retracts(event) || erases(event);

/**
 * Without the personal fields of what comes before `customer-erased` in its stream, wherever that is read from: the log of before encryption
 * still has them. Nothing personal can come after. With the survivor those who were merged into it are erased, as they are the same customer;
 * one of them alone leaves the survivor its own. The same list where nobody is erased.
 */
export function withoutErased(events: readonly DomainEvent[]): readonly DomainEvent[] {
  const erasures = new Map(events.filter(erases).map(({ stream, revision }) => [stream, revision]));
  if (erasures.size === 0) return events;
  const absorbed = absorbedIn(events);
  if ([...erasures.keys()].some((stream) => !absorbed.has(stream))) return events.map(impersonal);
  return events.map((event) => (event.revision <= (erasures.get(event.stream) ?? -1) ? impersonal(event) : event));
}

/** Streams that are merged into another one, as the events of a subject say. */
function absorbedIn(events: readonly DomainEvent[]): ReadonlySet<string> {
  const turns = new Map<string, readonly Merge[]>();
  for (const { stream, type, occurredAt: at, data, notUnderstood } of events)
    if (MERGING.has(type) && notUnderstood === undefined)
      turns.set(stream, inTime(turns.get(stream) ?? [], { at, into: (data as { readonly into?: string }).into ?? null }));
  return new Set([...turns].flatMap(([stream, all]) => (mergeInForce(all) ? [stream] : [])));
}

const MERGING: ReadonlySet<string> = new Set(['customer-merged', 'customer-unmerged'] satisfies readonly RelationshipEvent['type'][]);

/** Whether its replacement is still to come: both are one change. */
export const isHalf = (event: DomainEvent | undefined): boolean =>
  event !== undefined && retracts(event) && (event.data as { readonly replacedBy?: string }).replacedBy !== undefined;

/**
 * What a document is folded from, of the events of a subject up to any point in the order of the log: those that count, see `effectiveEvents`.
 * A retraction at the end, with its replacement, counts as one event where the subject's events end, so that a document says how far it is.
 * Behind an event that is not understood nothing counts. Nothing is left of what is personal of those who are erased. The same list where
 * nothing is retracted and nobody erased.
 */
export function countingEvents(recorded: readonly DomainEvent[]): readonly DomainEvent[] {
  const events = withoutErased(recorded);
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
