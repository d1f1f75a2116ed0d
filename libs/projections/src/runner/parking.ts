import type { DomainEvent } from '#event-log';
import { EventNotUnderstood } from '#event-log/not-understood.js';
import { calendarOf } from '../calendar.js';
import { revises } from '../counting.js';
import type { ParkedSubject } from '../view-reader.js';
import { advance, followedBy, type SubjectChange, type SubjectState, type View } from './advance.js';
import { type Part, partsOf } from './refolds.js';

export type { ParkedSubject };

export interface Attempt {
  readonly change: SubjectChange;
  readonly parked?: ParkedSubject;
}

const ATTEMPTS = 3;

/**
 * Goes as far as the events can be applied; the first that fails for good parks the subject with everything before it kept. A retraction or erasure folds
 * the subject again from what counts, which takes it off the parked ones unless that fails too. A stored document that cannot even be looked
 * at any more parks its subject at the first event.
 *
 * @param history of the whole subject, up to the last of the events; needed where one of them revises others
 */
export function advanceOrPark(
  view: View,
  subject: string,
  load: () => SubjectState | undefined,
  events: readonly DomainEvent[],
  { history = events, isParked = false }: { readonly history?: readonly DomainEvent[] | undefined; readonly isParked?: boolean } = {},
): Attempt {
  if (!view.projection.document || !events.some(revises)) return advancePart(view, subject, load, { events });
  const loaded = attempt(load);
  if ('error' in loaded) return advancePart(view, subject, load, { events });
  let before = loaded.result;
  let whole: SubjectChange | undefined;
  let parked: ParkedSubject | undefined;
  for (const part of partsOf(history, events, calendarOf(view.policies))) {
    if (isParked && !part.refold) continue;
    const made = advancePart(view, subject, () => before, part);
    before = made.change.after;
    parked = made.parked;
    whole = whole ? followedBy(whole, made.change) : made.change;
  }
  return { change: whole!, ...(parked && { parked }) };
}

/** Events are sought by halves, as a long history that fails at its end would otherwise be folded and written once for each of them. */
function advancePart(view: View, subject: string, load: () => SubjectState | undefined, { events, refold }: Part): Attempt {
  const whole = attempt(() => advance(view, subject, load(), events, refold));
  if ('result' in whole) return { change: whole.result };
  const loaded = attempt(load);
  const before = 'result' in loaded ? loaded.result : undefined;
  let change = advance(view, subject, before, [], refold);
  let { error } = 'error' in loaded ? loaded : whole;
  let applied = 0;
  let fails = 'error' in loaded ? 1 : events.length;
  while (fails - applied > 1) {
    const middle = (applied + fails) >> 1;
    const part = attempt(() => advance(view, subject, before, events.slice(0, middle), refold));
    if ('result' in part) [applied, change] = [middle, part.result];
    else [fails, error] = [middle, part.error];
  }
  const { id: eventId, type: eventType, position } = events[applied]!;
  return { change, parked: { view: view.projection.name, subject, eventId, eventType, position, error: describe(error) } };
}

function attempt<Result>(work: () => Result): { readonly result: Result } | { readonly error: unknown } {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return { result: work() };
    } catch (error) {
      if (left === 0) return { error };
    }
  }
}

function describe(error: unknown): string {
  if (error instanceof EventNotUnderstood) return `event-not-understood: ${error.why}`;
  if (!(error instanceof Error)) return 'a value that is not an error was thrown';
  const place = /\n\s+at [^\n]*?([^/\\()\s]+\/[^/\\()\s]+:\d+:\d+)/.exec(error.stack?.slice(error.stack.indexOf('\n    at ')) ?? '')?.[1];
  return place ? `${error.constructor.name} at ${place}` : error.constructor.name;
}
