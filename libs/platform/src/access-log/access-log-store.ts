import type { Role } from '#relationship';

/** Customers that one answer showed to whoever asked. Ids only, never what was shown. */
export interface Access {
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
  readonly role: Role;
  readonly actorId: string;
  readonly keyId: string;
  /** Its id in the OpenAPI document, such as `find-customers`. */
  readonly operation: string;
  /** As the one who asked stated it: a code or the number of a ticket. */
  readonly reason?: string;
  readonly customerIds: readonly string[];
}

/** What the chain consists of. */
export interface AccessBatch {
  /** From 1, without gaps. */
  readonly number: number;
  /** Of the batch before; of the first one 64 zeros. */
  readonly previousHash: string;
  /** Hex SHA-256: see `hashOfBatch`. */
  readonly hash: string;
  /** Entries between the batch before and this one that were not recorded, as the store was out of reach and memory was full. */
  readonly lost: number;
  /** The accesses as JSON: see `textOfAccesses`. */
  readonly text: string;
}

export type BatchHead = Pick<AccessBatch, 'number' | 'hash'>;

/** What a batch is found by. Derived from its text. */
export interface BatchIndex {
  readonly firstAt: string;
  readonly lastAt: string;
  readonly customerIds: readonly string[];
  readonly actorIds: readonly string[];
}

export interface BatchQuery {
  readonly customerId?: string;
  readonly actorId?: string;
  /** Instants, inclusive. */
  readonly from?: string;
  readonly to?: string;
  /** Only batches up to this one. */
  readonly upTo?: number;
}

/** Append-only. Safe for several processes at once. Every call rejects with AccessLogUnavailable where the engine is out of reach or closed. */
export interface AccessLogStore {
  last(): Promise<BatchHead | undefined>;
  /** Durable when it resolves. @returns false, and nothing is stored, where there is a batch of that number already */
  append(batch: AccessBatch, index: BatchIndex): Promise<boolean>;
  /** By number, after this one. */
  batches(after: number): AsyncIterable<AccessBatch>;
  /** Batches that may hold what is asked for, the last ones first. */
  find(query: BatchQuery): AsyncIterable<AccessBatch>;
  /** Whether the batch is found by all that it should be found by. */
  isIndexed(number: number, index: BatchIndex): Promise<boolean>;
  close(): Promise<void>;
}

/** The engine of the access log cannot be reached, cannot be opened, or has been closed. */
export class AccessLogUnavailable extends Error {
  override readonly name = 'AccessLogUnavailable';
}
