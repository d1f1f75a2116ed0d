import { commandByName, processCommandByName } from './aggregates.js';
import { curator } from './curators/curator.js';
import { prefixOf, streamOf } from './kernel/aggregate.js';
import type { TypedEvent } from './kernel/event.js';
import { type ProcessEvent, processCommandsIssued } from './processes/events.js';
import { relationshipPrefix } from './streams.js';

/** What erases a customer: after it nothing personal of the stream is known any more. */
export const ERASING_EVENT = 'customer-erased';

const prefixes = [relationshipPrefix, prefixOf(curator)];
const isSubject = (stream: string): boolean => prefixes.some((prefix) => stream.startsWith(prefix));

/**
 * Whose personal data an event holds: that of the customer or curator whose stream it is in. What a process issues belongs to whom each of its
 * commands is about.
 * @param pointer to one of its personal fields, within its data
 */
export function subjectOf(stream: string, event?: TypedEvent, pointer?: string): string | undefined {
  if (event?.type !== processCommandsIssued.type || pointer === undefined) return isSubject(stream) ? stream : undefined;
  const { commands } = (event as Extract<ProcessEvent, { type: typeof processCommandsIssued.type }>).data;
  const issued = commands[Number(pointer.split('/')[2])];
  const command = issued && (commandByName(issued.name) ?? processCommandByName(issued.name));
  return command && subjectOf(streamOf(command.aggregate, issued.targetId));
}
