import type { DomainEvent } from '#event-log';
import { isRetraction } from '#relationship/read-side.js';
import type { Calendar } from '../calendar.js';
import { countingEvents, retracts, revises } from '../counting.js';
import type { Refold } from './advance.js';

/** Events that are applied one after the other, from the state before, or from nothing. */
export interface Part {
  readonly events: readonly DomainEvent[];
  readonly refold?: Refold;
}

/**
 * The last events of a history, in parts: each but the first begins with a refold. What was retracted or erased on one day is one refold of
 * what counts after the last of that day, so it does not matter into which pages a history is cut.
 */
export function partsOf(history: readonly DomainEvent[], events: readonly DomainEvent[], calendar: Calendar): readonly Part[] {
  const from = history.length - events.length;
  const parts: Part[] = [];
  const refolds = refoldsIn(history, from, calendar);
  if (refolds[0]!.start > from) parts.push({ events: history.slice(from, refolds[0]!.start) });
  for (const [i, { start, end, known }] of refolds.entries()) {
    const counting = countingEvents(history.slice(0, end));
    const recorded = history.slice(start, end);
    const correctedAt = history.slice(0, end).findLast(retracts)?.recordedAt;
    parts.push({
      events: [...counting, ...history.slice(end, refolds[i + 1]?.start)],
      refold: { count: counting.length, known, correctedAt, position: history[end - 1]!.position, recorded },
    });
  }
  return parts;
}

/** From the first event of the day of recording up to the last retraction or erasure of it, or what that is replaced by. */
function refoldsIn(history: readonly DomainEvent[], from: number, { dayNumber }: Calendar) {
  const replacing = new Set(history.filter(retracts).flatMap((event) => (isRetraction(event) ? (event.data.replacedBy ?? []) : [])));
  const refolds: { readonly start: number; end: number; readonly known: number }[] = [];
  let start = from;
  let day: number | undefined;
  for (let at = from; at < history.length; at++) {
    const event = history[at]!;
    if (event.notUnderstood !== undefined && !revises(event)) continue;
    const known = dayNumber(event.recordedAt);
    if (known !== day) [start, day] = [at, known];
    if (!revises(event) && !replacing.has(event.id)) continue;
    const last = refolds.at(-1);
    if (last?.start === start) last.end = at + 1;
    else refolds.push({ start, end: at + 1, known });
  }
  return refolds;
}
