/** A data key as it is kept: encrypted by the master key of this id. */
export interface WrappedKey {
  readonly subject: string;
  readonly id: string;
  readonly masterKeyId: string;
  readonly wrapped: Buffer;
}

export interface ErasedKey {
  readonly subject: string;
  readonly erasedAt: string;
}

export type KeyRow = WrappedKey | ErasedKey;

export const isErased = (row: KeyRow): row is ErasedKey => 'erasedAt' in row;

/**
 * What an engine does for the SubjectKeyStore: it keeps rows by subject and sees no key. Safe for several processes at once; every call is
 * durable when it returns, and rejects with SubjectKeysUnavailable where the engine is out of reach.
 */
export interface KeyRows {
  /** See SubjectKeyStore. */
  state?(): string | undefined;
  /** See SubjectKeyStore. */
  readonly remains?: string;
  find(subjects: readonly string[]): Promise<ReadonlyMap<string, KeyRow>>;
  /** Keeps those whose subject has no row yet. */
  insert(rows: readonly WrappedKey[]): Promise<void>;
  /** In place of what these subjects have. An erased row stays as it is. */
  erase(rows: readonly ErasedKey[]): Promise<void>;
  /** Up to `limit` keys that another master key than this one wraps. */
  wrappedByOthers(masterKeyId: string, limit: number): Promise<readonly WrappedKey[]>;
  /** In place of the rows that still have the same id: what was erased meanwhile stays erased. */
  rewrap(rows: readonly WrappedKey[]): Promise<void>;
  /** Of those that wrap keys. */
  masterKeyIds(): Promise<readonly string[]>;
  /** How many keys each master key wraps. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** The value of a name. */
  named(name: string): Promise<string | undefined>;
  /** Sets the value of a name where it is `former` now. @returns the value from now on */
  name(name: string, value: string, former: string | undefined): Promise<string>;
  close(): Promise<void>;
}
