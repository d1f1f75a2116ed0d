import type { DomainEvent } from '#event-log';
import { inTime, type Merge, mergeInForce } from '#relationship/facts.js';

/** What a document knows of merges into other customers. */
export interface Mergeable {
  /** In order of time; null takes one back. */
  readonly merges: readonly (Merge & { readonly event: string })[];
  /** From here on the record is no customer of its own. */
  readonly merged: { readonly into: string; readonly at: string; readonly event: string } | null;
}

/** When the record ceased to be a customer of its own, and by which event. */
export const goneBy = ({ merged, erased }: Departed): Gone | null =>
  merged && erased ? (merged.at <= erased.at ? merged : erased) : (merged ?? erased);

interface Departed extends Pick<Mergeable, 'merged'> {
  readonly erased: Gone | null;
}
interface Gone {
  readonly at: string;
  readonly event: string;
}

export const neverMerged: Mergeable = { merges: [], merged: null };

export const withMerge = <Document extends Mergeable>(document: Document, into: string | null, event: DomainEvent): Document => {
  const merges = inTime(document.merges, { at: event.occurredAt, into, event: event.id });
  return { ...document, merges, merged: mergeInForce(merges) ?? null };
};
