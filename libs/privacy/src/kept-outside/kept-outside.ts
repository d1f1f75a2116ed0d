/** That a subject was erased. */
export interface KeptErasure {
  /** The stream of the customer. */
  readonly subject: string;
  /** ISO 8601 in UTC. */
  readonly erasedAt: string;
}

/**
 * What is never restored from a backup: the erasures, so that nobody who was erased comes back with one. Append-only; every call is durable
 * when it returns, and rejects with KeptOutsideUnavailable.
 */
export interface KeptOutside {
  /** Random; made with the store. The key store and the log know it. */
  readonly id: string;
  /** Repeated, it keeps the first instant. */
  record(erasures: readonly KeptErasure[]): Promise<void>;
  /** Each subject once. */
  erasures(): AsyncIterable<readonly KeptErasure[]>;
  close(): Promise<void>;
}

/** It cannot be reached, or what it holds is damaged. */
export class KeptOutsideUnavailable extends Error {
  override readonly name = 'KeptOutsideUnavailable';
}
