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

/** It, or what it held, is not there: without it, who was erased might come back. */
export class KeptOutsideMissing extends Error {
  override readonly name = 'KeptOutsideMissing';
}

/** There is none, or another one. */
export const otherStoreThan = (expectedId: string, belongs: 'log' | 'key store', found?: string): KeptOutsideMissing =>
  missing(
    `the ${belongs} belongs to the store ${expectedId}, ${found === undefined ? 'which does not exist' : `but this is the store ${found}`}`,
    'set KEPT_OUTSIDE_URL to that store',
  );

/** It is an older state of itself. */
export const storeWithout = (subjects: ReadonlySet<string>): KeptOutsideMissing => {
  const [first = ''] = subjects;
  const what = subjects.size === 1 ? `the erasure of ${first}` : `${subjects.size} erasures, among them that of ${first}`;
  return missing(`this store lacks ${what}, although the log confirms that it was recorded`, 'restore the latest state of the store');
};

const missing = (what: string, remedy: string): KeptOutsideMissing =>
  new KeptOutsideMissing(
    `erasures are recorded in a store outside of backups (KEPT_OUTSIDE_URL); ${what}; ${remedy}, or, if it is lost, ` +
      'run `letopis kept-outside init --reason …`',
  );

/** It cannot be reached, or what it holds is damaged. */
export class KeptOutsideUnavailable extends Error {
  override readonly name = 'KeptOutsideUnavailable';
}
