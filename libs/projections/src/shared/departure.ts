import type { DomainEvent } from '#event-log';
import { inTime, type Merge, mergeInForce } from '#relationship/read-side.js';
import { customerOf } from '../event-handlers.js';

/** What a document knows of merges into other customers. */
export interface Mergeable {
  readonly customerId: string;
  /** In order of time; null takes one back. */
  readonly merges: readonly (Merge & { readonly event: string })[];
  /** From here on the record is no customer of its own. */
  readonly merged: { readonly into: string; readonly at: string; readonly event: string } | null;
}

export interface Departing extends Mergeable {
  readonly erased: Departure | null;
}

export interface Departure {
  readonly at: string;
  readonly event: string;
}

export const neverMerged: Omit<Mergeable, 'customerId'> = { merges: [], merged: null };
export const stillHere: Omit<Departing, 'customerId'> = { ...neverMerged, erased: null };

export const mergeHandlers = {
  'customer-merged': <Document extends Mergeable>(document: Document, { into }: { readonly into: string }, event: DomainEvent) =>
    withMerge(document, into, event),
  'customer-unmerged': <Document extends Mergeable>(document: Document, _: unknown, event: DomainEvent) => withMerge(document, null, event),
};

export const departureHandlers = {
  ...mergeHandlers,
  'customer-erased': <Document extends Departing>(document: Document, _: unknown, event: DomainEvent): Document =>
    isOwn(document, event) ? { ...document, erased: { at: event.occurredAt, event: event.id } } : document,
};

/** Not of a record that was merged into this one: that one has ended, this one has not. */
export const isOwn = ({ customerId }: Pick<Mergeable, 'customerId'>, { stream }: Pick<DomainEvent, 'stream'>): boolean =>
  customerOf(stream) === customerId;

function withMerge<Document extends Mergeable>(document: Document, into: string | null, event: DomainEvent): Document {
  if (!isOwn(document, event)) return document;
  const merges = inTime(document.merges, { at: event.occurredAt, into, event: event.id });
  return { ...document, merges, merged: mergeInForce(merges) ?? null };
}

/** When the record ceased to be a customer of its own, by a merge or an erasure, and by which event. */
export const departureOf = ({ merged, erased }: Pick<Departing, 'merged' | 'erased'>): Departure | null =>
  merged && erased ? (merged.at <= erased.at ? merged : erased) : (merged ?? erased);
