import type { DomainEvent } from '#event-log';
import { countingEvents, withoutErased } from './counting.js';
import { customerOf, knownAtOnce, trueFrom } from './event-handlers.js';
import type { Projection } from './projection.js';
import type { TimeTravel } from './view-reader.js';

/**
 * A customer's document from the events of one stream, of those that had occurred by `asOf` and were recorded by `knownAt`; a
 * retraction counts from when it was recorded. Undefined when none of them concerns the view.
 */
export function foldCustomer<Document>(
  { handles, document }: Projection<Document>,
  events: readonly DomainEvent[],
  { asOf: occurredBy = '~', knownAt: recordedBy = '~' }: TimeTravel = {},
): Document | undefined {
  if (!document) return undefined;
  const types = new Set(handles);
  let folded: Document | undefined;
  const purchases = new Map<string, string>();
  const known: DomainEvent[] = [];
  for (const event of withoutErased(events)) {
    // As the view does: what came before is shown, and nothing after.
    if (event.notUnderstood !== undefined) break;
    if (event.recordedAt <= recordedBy) known.push(event);
  }
  for (const event of countingEvents(known)) {
    const from = countsFrom(knownAtOnce(event), purchases);
    if (!types.has(event.type) || from > occurredBy) continue;
    folded = document.apply(folded ?? document.init(customerOf(event.stream)), event);
  }
  return folded;
}

/** A return counts not before its purchase, whatever the clocks said; `purchases` remembers by id when they were made. */
function countsFrom(event: DomainEvent, purchases: Map<string, string>): string {
  const { purchaseId } = event.data as { readonly purchaseId: string };
  const from = trueFrom(event);
  if (event.type === 'purchase-recorded') purchases.set(purchaseId, from);
  const bought = event.type === 'purchase-returned' ? purchases.get(purchaseId) : undefined;
  return bought !== undefined && from < bought ? bought : from;
}
