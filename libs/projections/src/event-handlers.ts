import type { DomainEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { knownFrom, type RelationshipEvent } from '#relationship/read-side.js';
import { relationshipPrefix } from '#relationship/streams.js';

export type { RelationshipEvent };

/** What a view does with each event that it handles. */
export type Handlers<Document> = {
  readonly [Type in RelationshipEvent['type']]?: (
    document: Document,
    data: Extract<RelationshipEvent, { type: Type }>['data'],
    event: DomainEvent,
  ) => Document;
};

export interface Reflected {
  /** In its stream, of the last event that a document reflects; −1 before the first. */
  readonly revision: number;
  /** In the log: what the document has taken in, of whichever stream. Absent before the first event. */
  readonly position?: Position;
  /**
   * The latest instant that was still to come when it was recorded, as clocks differ. Until then the document says what will be: what is
   * now has to be folded.
   */
  readonly aheadUntil?: string;
}

type AnyHandler<Document> = (document: Document, data: unknown, event: DomainEvent) => Document;

/**
 * Folds by handlers, which answer the document that they were given or one that they just made. An event at or below the document's
 * position changes nothing, so twice is once.
 */
export const applyWith = <Document extends Reflected>(handlers: Handlers<Document>) => {
  const byType = new Map(Object.entries(handlers) as [string, AnyHandler<Document>][]);
  return (document: Document, recorded: DomainEvent): Document => {
    if (document.position !== undefined && recorded.position <= document.position) return document;
    const handle = byType.get(recorded.type);
    if (!handle) return document;
    const event = knownAtOnce(recorded);
    const made = handle(document, event.data, event);
    const { revision, position } = event;
    if (made === document) return { ...document, revision, position };
    // Nobody has seen it yet, so it need not be copied once more.
    const next = made as { revision: number; position?: Position; aheadUntil?: string };
    next.revision = revision;
    next.position = position;
    const from = trueFrom(event);
    if (from > event.recordedAt && from > (document.aheadUntil ?? '')) next.aheadUntil = from;
    return made;
  };
};

/** From when on an event counts: an assignment from the instant that it names, however late it was decided or written down. */
export const trueFrom = ({ type, occurredAt, data }: DomainEvent): string =>
  type === 'curator-assigned' ? (data as { readonly from: string }).from : occurredAt;

/** A customer is known from the recording of the registration on at the latest, whatever the sender's clock said. */
export const knownAtOnce = (event: DomainEvent): DomainEvent =>
  event.type === 'customer-registered' && event.occurredAt > event.recordedAt ? { ...event, occurredAt: knownFrom(event) } : event;

/** @param stream of a customer */
export const customerOf = (stream: string): string => stream.slice(relationshipPrefix.length);
