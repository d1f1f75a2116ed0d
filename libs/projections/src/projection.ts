import type { DomainEvent } from '#event-log';
import type { Scalar } from '#read-models';
import type { PolicyHistory, PolicyName } from '#relationship/read-side.js';
import type { BlockList } from './persistent/block-list.js';

/** What is counted: a measure and its dimensions, e.g. `{ measure: 'entered', stage: 'proposal', curator: '…' }`. */
export type Series = Readonly<Record<string, string>>;

/** A way in which a number comes apart: what its series have besides, and what stands behind their measure. */
export interface Way {
  readonly suffix: string;
  readonly members: Series;
}

/** One dated addend of a total. It names the events behind it, so that every number can. */
export interface Contribution {
  readonly series: Series;
  /** It counts once in each, and not in the series as it is: so that a number which comes apart is made and compared once for all ways. */
  readonly ways?: readonly Way[];
  /** Day from which it counts, `YYYY-MM-DD` by the calendar of the policies; may lie in the future. */
  readonly day: string;
  /** Integer. */
  readonly amount: number;
  readonly events: readonly string[];
}

/**
 * Derives something of a document. The engine sees which members of it `of` reads and derives again only what may have changed, so that an
 * event costs what it changes and not what the history is long. The order of what is derived lasts: it is compared from both ends.
 */
export interface Derivation<Document, Derived, Item = unknown> {
  /** Each is derived by itself, once for as long as it is the same object; without them the document is derived as a whole. */
  items?(document: Document): BlockList<Item>;
  /** Instead of items: the item is the summaries of the blocks of each of these lists; see `ofBlocks`. */
  readonly blocks?: readonly Summaries<Document>[];
  /** Pure, of the members of the document, the policies and the item. */
  of(document: Document, policies: PolicyHistory, item: Item): readonly Derived[];
}

/**
 * The summary of each block of a long list: made once for as long as it is the same block, for all derivations that name the
 * same object here. What it reads of the document is seen, as in a derivation.
 */
export interface Summaries<Document, Block = unknown, Summary = unknown> {
  list(document: Document): readonly Block[];
  of(block: Block, document: Document, policies: PolicyHistory): Summary;
}

type AllSummaries<Lists> = {
  [Place in keyof Lists]: Lists[Place] extends { of(...given: never[]): infer Summary } ? readonly Summary[] : never;
};

/** Derives something of a document as a whole, with long lists of it summed up by blocks, so that it need not look at each item again. */
export const ofBlocks = <Document, Derived, const Lists extends readonly Summaries<Document>[]>(
  blocks: Lists,
  of: (document: Document, policies: PolicyHistory, ...summaries: AllSummaries<Lists>) => readonly Derived[],
): Derivation<Document, Derived> => ({
  blocks,
  of: (document, policies, summaries) => of(document, policies, ...(summaries as AllSummaries<Lists>)),
});

/** All policies that a build depends on. */
export const policiesOf = ({ policies }: Pick<Projection, 'policies'>): readonly PolicyName[] => [...policies, 'company'];

/** The place of an event in an order of its own, and what is searched for beside it; the event itself is read from the log. */
export interface Entry {
  /** Unique in the projection: the id of the stream, a bar, and what begins with a letter or digit. */
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
 * revision, each once. It must not mutate, read a clock or reach outside; late events (`occurredAt` before what was seen) are normal.
 */
export interface Projection<Document = unknown> {
  readonly name: string;
  /** Of the streams that it reads; each of them, `<category>-<id>`, is a subject. */
  readonly category: string;
  /** Part of the name of its builds. */
  readonly version: number;
  /** Identity of the code that builds it: what other code built is never read and never continued. */
  readonly code?: string;
  /** Persisted event names. */
  readonly handles: readonly string[];
  /**
   * Policies that `contributions`, `rows` or `fields` depend on: publishing one rebuilds the view. Each depends on `company` besides, whose
   * time zone decides the days (`calendarOf`), those of recording too. A document keeps instants: it is the same in every zone.
   */
  readonly policies: readonly PolicyName[];
  readonly document?: {
    /** @param correctedAt when the last retraction of what counts no more was recorded: what was known before is not in the document */
    init(customerId: string, correctedAt?: string): Document;
    apply(document: Document, event: DomainEvent): Document;
    readonly indexes: readonly (readonly string[])[];
    fields(document: Document, policies: PolicyHistory): Readonly<Record<string, Scalar>>;
  };
  /** Rows of a document; the runner stores the difference to the rows before. */
  readonly rows?: { readonly indexes: readonly (readonly string[])[]; readonly derivations: readonly Derivation<Document, Row>[] };
  /** Entries of single events, never changed afterwards; `fields` are looked at beside the key, by no index. */
  readonly entries?: { readonly fields: readonly string[]; of(event: DomainEvent): readonly Entry[] };
  readonly contributions?: readonly Derivation<Document, Contribution>[];
  /** What the contributions count. */
  readonly measures?: Measures;
}

/** The dimensions of each measure, by its name in a series. */
export type Measures = Readonly<Record<string, readonly string[]>>;
