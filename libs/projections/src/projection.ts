import type { RecordedEvent } from '#event-log';
import type { Scalar } from '#read-models';
import type { PolicyHistory, PolicyName } from '#relationship/facts.js';
import type { Chunks } from './persistent/chunks.js';

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

/**
 * A part of what follows from a document, told again only where it may have changed: so that an event costs what it changes, not what the
 * customer's history is long. What is told stands in an order that lasts, for changes are looked for between the ends that stay the same.
 */
export interface Part<Document, Made, Item = unknown> {
  /** Members of the document that all of it hangs on, besides the items. */
  dependsOn(document: Document): readonly unknown[];
  /**
   * What the part consists of, in one or more pieces, each item told by itself, unless it is one whole. An item that is the same object as
   * before stays as it was told; a piece that is is not looked into.
   */
  items?(document: Document): Chunks<Item>;
  of(document: Document, policies: PolicyHistory, item: Item): readonly Made[];
}

export type ContributionPart<Document = unknown, Item = unknown> = Part<Document, Contribution, Item>;
export type RowPart<Document = unknown, Item = unknown> = Part<Document, Row, Item>;

/** Where an event stands in an order of its own, and what is searched for beside it; what it says is read from the log. */
export interface Entry {
  /** Unique in the projection: the customer's id, a bar, and what begins with a letter or digit. */
  readonly key: string;
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** A searchable row that hangs on a customer's document: a deal, a planned contact. */
export interface Row {
  /** Unique in the projection; begins with the customer's id and a bar, by which a repair finds all that is the customer's. */
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
  /** Of the streams that it reads; each of them, `<category>-<id>`, is a subject. */
  readonly category: string;
  /** Part of the name of its builds. */
  readonly version: number;
  /** Identity of the code that builds it: what other code built is never read and never gone on with. */
  readonly code?: string;
  /** Persisted event names. */
  readonly handles: readonly string[];
  /** Policies that `contributions`, `rows` or `fields` depend on: publishing one rebuilds the view. */
  readonly policies: readonly PolicyName[];
  readonly document?: {
    init(customerId: string): Document;
    apply(document: Document, event: RecordedEvent): Document;
    readonly indexes: readonly (readonly string[])[];
    /** Members that are `Chunks`; what is long of them is stored apart. */
    readonly lists?: readonly string[];
    fields(document: Document, policies: PolicyHistory): Readonly<Record<string, Scalar>>;
  };
  /** Rows of a document; the runner stores the difference to the rows before. */
  readonly rows?: { readonly indexes: readonly (readonly string[])[]; readonly parts: readonly RowPart<Document>[] };
  /** Entries of single events, never changed afterwards; `fields` are looked at beside the key, by no index. */
  readonly entries?: { readonly fields: readonly string[]; of(event: RecordedEvent): readonly Entry[] };
  readonly contributions?: readonly ContributionPart<Document>[];
}
