import type { Disclosure, EventDefinition } from '../event-definition.js';
import type { DomainEvent } from '../event-log.js';
import { withoutPersonal } from './personal-fields.js';
import { type Selection, selected, selectionOf } from './pointers.js';

/** Of one stream: whether that which its events are about is withdrawn, by name, and since when by valid time. */
export type Withdrawals = Map<string | typeof PERSONAL, { readonly at: string; readonly withdrawn: boolean }>;
/** Whatever is personal. */
const PERSONAL = Symbol('personal');

type Shownable = Pick<DomainEvent, 'type' | 'data'> & Partial<Pick<DomainEvent, 'actor' | 'schemaVersion'>>;

/** What an audience outside the company sees of the events of a stream, by what the registry says of them. */
export interface Audience {
  /**
   * Takes note of what an event withdraws or gives again, in the order of the stream; of one that does not count, only that it was there.
   * @returns whether events before it are to be shown differently now
   */
  note(withdrawals: Withdrawals, event: DomainEvent, counts?: boolean): boolean;
  /** The event with the values that are shown; undefined where the event is hidden. */
  shown<Event extends Shownable>(withdrawals: Withdrawals, event: Event): Event | undefined;
}

interface Rule extends Disclosure<unknown> {
  readonly definition: EventDefinition;
  readonly all: Selection;
  readonly still: Selection | undefined;
}

export function createAudience(name: string, definitions: readonly EventDefinition[]): Audience {
  const rules = new Map<string, Rule>();
  for (const definition of definitions) {
    const disclosure = definition.audiences?.[name] as Disclosure<unknown> | undefined;
    if (!disclosure) continue;
    const { shows, stillShows } = disclosure;
    rules.set(definition.type, { ...disclosure, definition, all: selectionOf(shows), still: stillShows && selectionOf(stillShows) });
  }

  return {
    note(withdrawals, { type, data, occurredAt: at }, counts = true) {
      const rule = rules.get(type);
      const { about, forgets } = rule ?? {};
      const withdraws = counts ? rule?.withdraws : undefined;
      if (forgets) withdrawals.set(PERSONAL, { at, withdrawn: true });
      if (forgets) return true;
      const what = about?.(data);
      if (what === undefined) return false;
      const before = withdrawals.get(what);
      if (before && (!withdraws || before.at > at)) return false;
      const withdrawn = withdraws?.(data) ?? false;
      // That it was mentioned is remembered too: that mention may have to be hidden later.
      withdrawals.set(what, { at: withdraws ? at : '', withdrawn });
      return before !== undefined && before.withdrawn !== withdrawn;
    },

    shown(withdrawals, event) {
      const { data, type } = event;
      const rule = rules.get(type);
      if (!rule || rule.hides?.(data)) return undefined;
      const what = rule.about?.(data);
      const left = withdrawals.has(PERSONAL) ? withoutPersonal(event, rule.definition) : event;
      const shown = what !== undefined && withdrawals.get(what)?.withdrawn ? rule.still : rule.all;
      return shown && { ...left, data: selected(left.data, shown) ?? {} };
    },
  };
}
