import type { RecordedEvent } from '#event-log';
import { customerOf } from './facts.js';
import type { Projection } from './projection.js';
import type { TimeTravel } from './view-reader.js';

/**
 * A customer's document from the events of one stream, of those that had occurred by `asOf` and were recorded by `knownAt` (instants, or
 * days that count to their end). Undefined when none of them concerns the view.
 */
export function foldCustomer<Document>(
  { handles, document }: Projection<Document>,
  events: Iterable<RecordedEvent>,
  { asOf, knownAt }: TimeTravel = {},
): Document | undefined {
  if (!document) return undefined;
  const [occurredBy, recordedBy] = [lastInstant(asOf), lastInstant(knownAt)];
  const types = new Set(handles);
  let folded: Document | undefined;
  for (const event of events) {
    if (!types.has(event.type) || event.occurredAt > occurredBy || event.recordedAt > recordedBy) continue;
    folded = document.apply(folded ?? document.init(customerOf(event.stream)), event);
  }
  return folded;
}

function lastInstant(time: string | undefined): string {
  if (time === undefined) return '~';
  return time.length === 10 ? `${time}T23:59:59.999Z` : time;
}
