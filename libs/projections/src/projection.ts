import type { RecordedEvent } from '#event-log';
import type { Scalar } from '#read-models';
import type { PolicyHistory, PolicyName } from '#relationship';

/** What is counted: a measure and its dimensions, e.g. `{ measure: 'entered', stage: 'proposal', curator: '…' }`. */
export type Series = Readonly<Record<string, string>>;

/** One dated addend of a total. It names the events that it stands on, so that every number can. */
export interface Contribution {
  readonly series: Series;
  /** Day from which it counts, `YYYY-MM-DD` UTC; may lie in the future. */
  readonly day: string;
  /** Integer. */
  readonly amount: number;
  readonly events: readonly string[];
}

/** A searchable row that hangs on a customer's document (a deal, a planned contact) or on one event (a timeline entry). */
export interface Row {
  /** Unique in the projection; begins with the customer's id. */
  readonly key: string;
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly body: unknown;
}

/**
 * A view as pure functions over one customer's stream. `apply` sees the events of one `relationship-…` stream in order of
 * revision, each once. It must not mutate, read a clock or reach outside; late facts (`occurredAt` before what was seen) are normal.
 */
export interface Projection<Document = unknown> {
  readonly name: string;
  /** Raised whenever anything below changes meaning: a new version is rebuilt beside the old one. */
  readonly version: number;
  /** Persisted event names. */
  readonly handles: readonly string[];
  /** Policies that `contributions`, `rows` or `fields` depend on: publishing one rebuilds the view. */
  readonly policies: readonly PolicyName[];
  readonly document?: {
    init(customerId: string): Document;
    apply(document: Document, event: RecordedEvent): Document;
    readonly indexes: readonly (readonly string[])[];
    fields(document: Document, policies: PolicyHistory): Readonly<Record<string, Scalar>>;
  };
  /** Rows of a document; the runner stores the difference to the rows before. */
  readonly rows?: { readonly indexes: readonly (readonly string[])[]; of(document: Document, policies: PolicyHistory): readonly Row[] };
  /** Rows of single events, never changed afterwards. */
  readonly entries?: { readonly indexes: readonly (readonly string[])[]; of(event: RecordedEvent): readonly Row[] };
  contributions?(document: Document, policies: PolicyHistory): readonly Contribution[];
}
