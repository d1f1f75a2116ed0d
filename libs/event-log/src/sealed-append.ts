import { canonicalEvent } from './content-hash.js';
import type { ExpectedRevision, NewEvent } from './event-log.js';
import { InvalidAppend } from './invalid-event.js';

/** What an adapter is given to check events with; the event registry is one. */
export interface EventValidator {
  /** @throws InvalidEvent */
  validate(event: NewEvent): void;
}

export interface SealedEvent {
  readonly id: string;
  readonly type: string;
  /** Canonical JSON. */
  readonly text: string;
  /** Id of the command that made it, where that may be repeated: it belongs to one stream then. */
  readonly command: string | null;
}

/** Ids of the commands that made these events and may be repeated. */
export function commandsOf(events: readonly SealedEvent[]): ReadonlySet<string> {
  const commands = new Set<string>();
  for (const { command } of events) if (command !== null) commands.add(command);
  return commands;
}

/** Everything that can be refused without looking at the log is refused here, before any of it is written. */
export function sealAppend(
  stream: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
  validator: EventValidator | undefined,
): SealedEvent[] {
  if (typeof stream !== 'string' || stream === '') throw new InvalidAppend('a stream needs a name');
  if (typeof expected === 'number' ? !Number.isSafeInteger(expected) || expected < 0 : expected !== 'none' && expected !== 'any') {
    throw new InvalidAppend('the expected revision is a whole number from 0, "none" or "any"');
  }
  if (events.length === 0) throw new InvalidAppend('an append needs at least one event');
  if (!stream.isWellFormed()) throw new InvalidAppend('the name of a stream must be well-formed Unicode');
  const sealed = events.map((event) => {
    validator?.validate(event);
    const command = event.commandHash === undefined ? null : event.commandId;
    return { id: event.id, type: event.type, text: canonicalEvent(stream, event), command };
  });
  if (sealed.length > 1 && new Set(sealed.map(({ id }) => id)).size < sealed.length) {
    throw new InvalidAppend('the events of an append need ids of their own');
  }
  return sealed;
}
