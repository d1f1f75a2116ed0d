import type { KeyObject } from 'node:crypto';
import type { WrappedKeyDamaged } from '../master-keys/master-keys.js';

/** The data key of a subject: AES-256, as a `KeyObject`. `id` is unique among all keys ever made; events name it. */
export interface SubjectKey {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * `erased`: it was destroyed for good at this instant, and none is ever made for this subject again. `unreadable`: it is there, and damaged.
 * `unavailable`: the master key that wraps it cannot be had now. The keys of others are answered beside it.
 */
export type FoundKey =
  | { readonly kind: 'key'; readonly key: SubjectKey }
  | { readonly kind: 'erased'; readonly at: string }
  | { readonly kind: 'unreadable'; readonly error: WrappedKeyDamaged }
  | { readonly kind: 'unavailable'; readonly error: SubjectKeysUnavailable };

/**
 * One data key per subject; a subject is the stream of a customer or a curator (`relationship-<id>`, `curator-<id>`), or
 * `secret-<what for>`, whose key is a secret of the installation. Keys are kept wrapped by a master key. Safe for several processes at once;
 * every call is durable when it returns, and rejects with SubjectKeysUnavailable where the engine is out of reach.
 */
export interface SubjectKeyStore {
  /** As the store holds them now; a subject that never had a key is left out. */
  find(subjects: readonly string[]): Promise<ReadonlyMap<string, FoundKey>>;
  /** The same, and a new key for each subject that is left out there: of several processes one makes it. Calls at one time share a commit. */
  ensure(subjects: readonly string[]): Promise<ReadonlyMap<string, FoundKey>>;
  /** Destroys the keys of these subjects, also where there never was one. Repeated, it keeps the first instant. */
  erase(subjects: readonly string[], at: string): Promise<void>;
  /**
   * Wraps up to `limit` keys, which other master keys wrap, by the current one.
   * @returns how many; 0: none is left
   * @throws MasterKeyMissing, WrappedKeyDamaged
   */
  rewrap(limit: number): Promise<number>;
  /** The id of the master key that the store belongs to. */
  masterKeyId(): Promise<string | undefined>;
  /**
   * Keeps in the store that it belongs to this master key, where it is none's yet, and looks whether this process knows all master keys
   * that are needed.
   * @throws MasterKeyMissing
   */
  assertMasterKeys(): Promise<void>;
  /** How many keys each master key wraps, by its id. */
  masterKeys(): Promise<ReadonlyMap<string, number>>;
  /** The id of the KeptOutside that goes with this store. */
  keptOutside(): Promise<string | undefined>;
  /** Names another where it is `former` now. @returns the id from now on */
  nameKeptOutside(id: string, former: string | undefined): Promise<string>;
  close(): Promise<void>;
}

export class SubjectKeysUnavailable extends Error {
  override readonly name = 'SubjectKeysUnavailable';
}
