import { without } from '#event-log/registry/pointers.js';
import { relationship } from '#relationship/relationship.js';
import type { TimelineEntry } from './entry.js';

const personal = new Map<string, readonly string[]>(relationship.events.map(({ type, personal }) => [type, personal]));

/** An entry without its personal fields: what the log may not have forgotten yet is not shown of who is erased. */
export const redacted = (entry: TimelineEntry): TimelineEntry => {
  const { name: _, ...actor } = entry.actor;
  return { ...entry, actor, data: without(entry.data, personal.get(entry.type) ?? []) };
};
