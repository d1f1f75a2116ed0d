import type { Position } from '#event-log';

/**
 * The port of everything that people query. Documents are whole values under a key, with the few fields that can be searched
 * standing beside them; totals are sums of dated entries. `libs/testing` holds the contract suite.
 */

export type Scalar = string | number | null;

/** Declared once, before use. Field names match `[a-z][A-Za-z0-9]*`. */
export type CollectionSpec =
  | { readonly kind: 'documents'; readonly name: string; readonly fields: readonly string[]; readonly indexes: readonly (readonly string[])[] }
  | { readonly kind: 'totals'; readonly name: string };

export interface StoredDocument<Body = unknown> {
  readonly key: string;
  /** Position of the last event that it reflects. */
  readonly position: Position;
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly body: Body;
}

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
  /** A declared field; ties, and the whole order when absent, go by key in the same direction. Nulls sort first. */
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  /** What `next` of the page before said. */
  readonly cursor?: string;
}

export interface Page<Body> {
  readonly documents: readonly StoredDocument<Body>[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** `series` names what is counted (see `seriesKey` in projections); days are `YYYY-MM-DD` in UTC. */
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
  readonly amount: number;
}

export interface Upsert {
  readonly collection: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly body: unknown;
}

/** What one projection changes on its way from one checkpoint to the next. */
export interface ProjectionBatch {
  /** Owner of the checkpoint, e.g. `funnel@2`. */
  readonly projection: string;
  /** The checkpoint after this batch. A batch at or below the stored checkpoint changes nothing. */
  readonly position: Position;
  readonly upserts: readonly Upsert[];
  readonly deletes: readonly { readonly collection: string; readonly key: string }[];
  readonly increments: readonly { readonly collection: string; readonly entry: TotalEntry }[];
}

export interface ReadModelStore {
  /** Creates what is missing; the same name with other fields or indexes throws. */
  declare(collections: readonly CollectionSpec[]): Promise<void>;
  /** Removes whole collections (of a retired view version) and the checkpoint of their owner. */
  drop(projection: string, collections: readonly string[]): Promise<void>;
  get<Body>(collection: string, key: string): Promise<StoredDocument<Body> | undefined>;
  getMany<Body>(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, StoredDocument<Body>>>;
  find<Body>(collection: string, query: FindQuery): Promise<Page<Body>>;
  totals(collection: string, query: TotalsQuery): Promise<readonly Total[]>;
  /** All batches of the call or none where the engine can; idempotent everywhere. */
  commit(batches: readonly ProjectionBatch[]): Promise<void>;
  /** `ORIGIN` for a projection that never committed. */
  checkpoint(projection: string): Promise<Position>;
  /** Small named values outside any projection: aliases of views, the list of parked customers. Last write wins. */
  getSetting<Value>(name: string): Promise<Value | undefined>;
  putSetting(name: string, value: unknown): Promise<void>;
  close(): Promise<void>;
}

export class ReadModelsUnavailable extends Error {
  override readonly name = 'ReadModelsUnavailable';
}
