import type { RecordedEvent } from '#event-log';
import type { RelationshipFact } from '#relationship/facts.js';
import { relationshipPrefix } from '#relationship/streams.js';

export type { RelationshipFact };

/** What a view does with each event that it handles. */
export type Handlers<Document> = {
  readonly [Type in RelationshipFact['type']]?: (
    document: Document,
    data: Extract<RelationshipFact, { type: Type }>['data'],
    event: RecordedEvent,
  ) => Document;
};

/** The last event that a document reflects; −1 before the first. */
export interface Reflected {
  readonly revision: number;
}

type AnyHandler<Document> = (document: Document, data: unknown, event: RecordedEvent) => Document;

/**
 * Folds by handlers, which answer the document that they were given or one that they just made. An event at or below the document's
 * revision changes nothing, so twice is once.
 */
export const applyWith = <Document extends Reflected>(handlers: Handlers<Document>) => {
  const byType = new Map(Object.entries(handlers) as [string, AnyHandler<Document>][]);
  return (document: Document, event: RecordedEvent): Document => {
    if (event.revision <= document.revision) return document;
    const handle = byType.get(event.type);
    if (!handle) return document;
    const next = handle(document, event.data, event);
    if (next === document) return { ...document, revision: event.revision };
    // Nobody has seen it yet, so it need not be copied once more.
    (next as { revision: number }).revision = event.revision;
    return next;
  };
};

/** @param stream of a customer */
export const customerOf = (stream: string): string => stream.slice(relationshipPrefix.length);
