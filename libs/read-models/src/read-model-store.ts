import type { Position } from './position.js';

/**
 * The port of everything that people query. Documents are whole values under a key, with the few fields that can be searched
 * standing beside them; totals are sums of dated entries. `libs/testing` holds the contract suite.
 */

export type Scalar = string | number | null;

/**
 * Declared once, before use. Names match `[a-z][a-z0-9_]*`, field names `[a-z][A-Za-z0-9]*`; `key` is always there to be searched by. An
 * index ends with `key`, unless it names it: fields behind it are there so that a search need not open the documents that it looks through.
 */
export type CollectionSpec =
  | {
      readonly kind: 'documents';
      readonly name: string;
      readonly fields: readonly string[];
      readonly indexes: readonly (readonly string[])[];
    }
  | { readonly kind: 'totals'; readonly name: string };

export interface StoredDocument<Body = unknown> {
  readonly key: string;
  /** Position of the last event that it reflects. */
  readonly position: Position;
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly body: Body;
}

/** Matches no null; a bound of null matches nothing. */
export interface Range {
  readonly gt?: Scalar;
  readonly gte?: Scalar;
  readonly lt?: Scalar;
  readonly lte?: Scalar;
}

export interface FindQuery {
  /** Equality by declared field; an array means any of these. */
  readonly where?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  readonly range?: Readonly<Record<string, Range>>;
  /** By declared field: it is a text, and this is a part of it. */
  readonly contains?: Readonly<Record<string, string>>;
  /** A declared field; ties, and the whole order when absent, go by key in the same direction. Null is the least of all values, then numbers, then text by code point. */
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  /** What `next` of the page before said. */
  readonly cursor?: string;
}

/** What a document is found by. */
export type Conditions = Pick<FindQuery, 'where' | 'range' | 'contains'>;

export interface Page<Body> {
  readonly documents: readonly StoredDocument<Body>[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** `series` names what is counted (see `seriesKey` in projections); days are `YYYY-MM-DD`. */
export interface TotalEntry {
  readonly series: string;
  /** The day from which it is true. */
  readonly day: string;
  /** The day on which it was learned. */
  readonly known: string;
  /** Integer: a count, milliseconds, or minor units of one currency. */
  readonly amount: number;
}

export interface TotalsQuery {
  /** Series that begin with this. */
  readonly prefix?: string;
  /** Inclusive days of validity. */
  readonly from?: string;
  readonly to?: string;
  /** Inclusive day of knowledge. */
  readonly knownTo?: string;
  /** One sum a series, or one a series and day. */
  readonly by: 'series' | 'day';
}

export interface Total {
  readonly series: string;
  /** Only with `by: 'day'`. */
  readonly day?: string;
  /** Exact where it is a safe integer; a larger one is summed exactly as well, then rounded to the nearest number. */
  readonly amount: number;
}

/** The body comes as it is, or as JSON where the caller has it as such already. */
export type Upsert = PutDocument &
  ({ readonly body: unknown; readonly json?: undefined } | { readonly json: string; readonly body?: undefined });

interface PutDocument {
  readonly collection: string;
  readonly key: string;
  /** Of the last event that the document reflects. */
  readonly position: Position;
  /** Declared fields; those left out are null. */
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** What one projection changes on its way from one checkpoint to the next. */
export interface ProjectionBatch {
  /** Owner of the checkpoint, e.g. `funnel@2`. */
  readonly projection: string;
  /**
   * The checkpoint after this batch: a batch at or below the stored checkpoint changes nothing. `unchanged` leaves the checkpoint
   * where it is, and what it does comes again when it is committed again: for repairs. So does `bulk-load`, which moreover need not be whole
   * after a crash: for collections that nobody reads yet, and that whoever writes them starts over.
   */
  readonly position: Position | 'unchanged' | 'bulk-load';
  /**
   * The checkpoint that this batch continues from. Where its checkpoint is another, at `position` too, somebody else has moved it, or
   * this batch was committed before, and the commit throws CheckpointMoved; of several batches of a commit none behind it is done then. Not
   * looked at when absent.
   */
  readonly after?: Position;
  /** Another checkpoint, that must be as given as well; else the commit throws CheckpointMoved, naming `projection`. */
  readonly unmoved?: { readonly projection: string; readonly position: Position };
  readonly upserts: readonly Upsert[];
  readonly deletes: readonly { readonly collection: string; readonly key: string }[];
  readonly increments: readonly { readonly collection: string; readonly entry: TotalEntry }[];
}

/**
 * Every call that names a collection that nobody declared throws UnknownCollection; every one that reads a body that is damaged throws
 * UnreadableDocument.
 */
export interface ReadModelStore {
  /** Whether the engine takes a document with this body; left out by engines that take any. */
  fits?(json: string): boolean;
  /**
   * Creates what is missing.
   * @throws CollectionMismatch when the name has other fields or indexes
   */
  declare(collections: readonly CollectionSpec[]): Promise<void>;
  /**
   * Between these two, empty collections are loaded in bulk: documents are only put and totals only added to, and nobody reads them. Whoever
   * is interrupted drops them and starts over. Who loads them together over connections of their own begins on each, and ends on one, once
   * all are done. Left out by engines that gain nothing by it.
   */
  beginBulkLoad?(collections: readonly string[]): Promise<void>;
  endBulkLoad?(collections: readonly string[]): Promise<void>;
  /**
   * Nobody else but stores that hold it for the same group may keep views up to date here until this store is closed or its process ends,
   * however it ends; to be repeated at will. Two who write a view at once would count everything twice. A server takes some seconds to find
   * out whether a holder has ended; who has lost it meanwhile writes nothing more. Left out by engines in memory, which nobody else sees.
   * @throws ReadModelsHeld naming who does; so do all writes of a store that has held it and does no longer
   */
  hold?(group?: string): Promise<void>;
  /** Removes whole collections (of a retired view version) and the checkpoint of their owner. */
  drop(projection: string, collections: readonly string[]): Promise<void>;
  get<Body>(collection: string, key: string): Promise<StoredDocument<Body> | undefined>;
  getMany<Body>(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, StoredDocument<Body>>>;
  /**
   * A page holds fewer documents than `limit` where they are large: its bodies have 4,000,000 characters of JSON at most, or it has one.
   * @throws UndeclaredField, InvalidCursor
   */
  find<Body>(collection: string, query: FindQuery): Promise<Page<Body>>;
  /** How many documents match. */
  count(collection: string, query?: Conditions): Promise<number>;
  /** Sums in order of series and day; a sum of 0 is left out. */
  totals(collection: string, query: TotalsQuery): Promise<readonly Total[]>;
  /**
   * All batches of the call or none where the engine can, each batch or nothing of it everywhere; idempotent. Within a batch deletes go
   * before upserts. Where others see a batch under way, nothing of it is visible before the upserts of the collection that it names first,
   * and no delete before all upserts.
   * @throws CheckpointMoved
   */
  commit(batches: readonly ProjectionBatch[]): Promise<void>;
  /** `ORIGIN` for a projection that never committed. */
  checkpoint(projection: string): Promise<Position>;
  /** Small named values outside any projection: aliases of views, the list of parked customers. Last write wins. */
  getSetting<Value>(name: string): Promise<Value | undefined>;
  putSetting(name: string, value: unknown): Promise<void>;
  /**
   * What was deleted or replaced is gone from the files of the engine too; false while a reader of this machine prevents it: to be tried again.
   * Left out by engines that keep no such files here.
   */
  purge?(): Promise<boolean>;
  /** In words for a certificate: what the engine keeps of what was deleted or replaced, and until when; absent where it is overwritten. */
  readonly remains?: string;
  close(): Promise<void>;
}
