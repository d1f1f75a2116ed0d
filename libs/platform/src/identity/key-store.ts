import type { Role } from '#relationship';

export interface ApiKeyRecord {
  readonly id: string;
  readonly role: Role;
  readonly actorId: string;
  /** Of a supervisor who sees one team alone. */
  readonly team?: string;
  /** What the key is for, as the one who made it says. */
  readonly name: string;
  readonly created: string;
  readonly revoked: string | null;
}

/** As curators name their team. */
export const isTeam = (given: unknown): given is string => typeof given === 'string' && [...given].length <= 100 && given.trim() !== '';
export const TEAM_FORM = 'the name of a team, 1 to 100 characters';

export interface NewApiKey {
  readonly role: Role;
  readonly actorId: string;
  readonly team?: string;
  readonly name: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
}

/** Safe for several processes at once. Every call rejects with KeyStoreUnavailable where the engine is out of reach or closed. */
export interface ApiKeyStore {
  /** @returns the record, and the token, which cannot be had again */
  create(key: NewApiKey): Promise<{ readonly record: ApiKeyRecord; readonly token: string }>;
  /** All, revoked ones too, the oldest first. */
  list(): Promise<readonly ApiKeyRecord[]>;
  /** @returns false when there is no such key; revoking twice keeps the first instant */
  revoke(id: string, now: string): Promise<boolean>;
  /** The record with the hash of its secret, also of a revoked key, as it stands after the call was made. */
  find(id: string): Promise<FoundApiKey | undefined>;
  /** The secret that is kept under a name. */
  findSecret(name: string): Promise<Secret | undefined>;
  /** @returns the one that is kept under the name already, or this one, which is from now on, for everybody */
  putSecret(name: string, secret: Secret): Promise<Secret>;
  close(): Promise<void>;
}

export interface FoundApiKey {
  readonly record: ApiKeyRecord;
  readonly secretHash: Buffer;
}

/** Random bytes that outlive the process that made them; `id` is how whoever used them names them in public. */
export interface Secret {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The engine of the API keys cannot be reached, cannot be opened, or has been closed. */
export class KeyStoreUnavailable extends Error {
  override readonly name: string = 'KeyStoreUnavailable';
}
