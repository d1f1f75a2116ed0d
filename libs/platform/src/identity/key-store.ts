import type { Role } from '#relationship';

export interface ApiKeyRecord {
  readonly id: string;
  readonly role: Role;
  readonly actorId: string;
  /** What the key is for, as the one who made it says. */
  readonly name: string;
  readonly created: string;
  readonly revoked: string | null;
}

/** Safe for several processes at once. */
export interface ApiKeyStore {
  /** @returns the record, and the token, which cannot be had again */
  create(key: { readonly role: Role; readonly actorId: string; readonly name: string; readonly now: string }): {
    readonly record: ApiKeyRecord;
    readonly token: string;
  };
  list(): readonly ApiKeyRecord[];
  /** @returns false when there is no such key; revoking twice keeps the first instant */
  revoke(id: string, now: string): boolean;
  /** The record with the hash of its secret, also of a revoked key. */
  find(id: string): { readonly record: ApiKeyRecord; readonly secretHash: Buffer } | undefined;
  close(): void;
}

export class KeyStoreUnavailable extends Error {
  override readonly name = 'KeyStoreUnavailable';
}
