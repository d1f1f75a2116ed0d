import type { DomainEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';

/** What a test says of an event; everything else is filled in. */
export interface StoryEvent {
  readonly type: string;
  /** When it was true. An instant, or a day, which counts from its beginning. */
  readonly at: string;
  readonly data?: unknown;
  /** When it was learned; `at` when absent, but never before the previous event. */
  readonly known?: string;
  readonly by?: DomainEvent['actor'];
  readonly id?: string;
}

/** The stream of one customer, in the given order. Event ids are `<customerId>-<revision>` unless given. */
export function storyOf(customerId: string, story: readonly StoryEvent[], firstPosition = 1): readonly DomainEvent[] {
  let known = '';
  return story.map((each, revision) => {
    const at = instant(each.at);
    const recorded = instant(each.known ?? each.at);
    known = recorded > known ? recorded : known;
    const id = each.id ?? `${customerId}-${revision}`;
    return {
      id,
      type: each.type,
      schemaVersion: 1,
      occurredAt: at,
      recordedAt: known,
      // Whoever references a customer as a curator has it.
      actor: each.by ?? { kind: each.type === 'customer-registered' ? 'import' : 'curator', id: 'actor' },
      correlationId: id,
      commandId: `command-of-${id}`,
      data: each.data ?? {},
      stream: `relationship-${customerId}`,
      revision,
      position: String(firstPosition + revision).padStart(20, '0') as Position,
      hash: id,
    };
  });
}

function instant(time: string): string {
  return time.length === 10 ? `${time}T00:00:00.000Z` : time;
}
