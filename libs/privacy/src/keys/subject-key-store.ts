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
  /**
   * Another one whenever a key that is there may have been erased or replaced, in any process: as long as it is the same, what was found holds.
   * Left out where that costs as much as to ask. Undefined where it cannot be told now.
   */
  state?(): string | undefined;
  /** In words for a certificate: what the engine keeps of an erased key, and until when; absent where it is overwritten. */
  readonly remains?: string;
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
  /** Random, and as the log names it; undefined until it is made. */
  id(): Promise<string | undefined>;
  /** Makes it where there is none, or takes this one. @returns the id from now on */
  ensureId(id?: string): Promise<string>;
  /** The id of the KeptOutside that goes with this store. */
  keptOutside(): Promise<string | undefined>;
  /** Names another where it is `former` now. @returns the id from now on */
  nameKeptOutside(id: string, former: string | undefined): Promise<string>;
  close(): Promise<void>;
}

/** The log belongs to another store: keys that are made here would be lost to it, and what is encrypted cannot be read. */
export class SubjectKeysMissing extends Error {
  override readonly name = 'SubjectKeysMissing';
}

/** @param named by the log; undefined where it names none yet, but the keys of its newest events are not in this store */
export const otherKeysThan = (named: string | undefined, present: string | undefined): SubjectKeysMissing =>
  new SubjectKeysMissing(
    `personal data in the event log is encrypted with keys of ${named === undefined ? 'another store of keys of customers' : `the store ${named}`} (SUBJECT_KEYS_URL), but ` +
      `${present === undefined ? 'this one has no id, as it is missing or empty' : `this is the store ${present}`}; ` +
      'set SUBJECT_KEYS_URL to that store, or restore it from its backup; nothing was changed in the log',
  );

export class SubjectKeysUnavailable extends Error {
  override readonly name = 'SubjectKeysUnavailable';
}
