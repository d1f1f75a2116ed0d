import type { AccessBatch, AccessLogStore, BatchHead } from './access-log-store.js';
import { accessesIn, batchAfter, indexOf, NO_BATCH } from './batches.js';

/** Accesses that are to become one batch. */
export interface UnstoredBatch {
  /** `textOfAccesses` of them. */
  readonly text: string;
  /** Entries before them that could not be recorded. */
  readonly lost: number;
}

/**
 * Appends to the chain, behind whatever other processes have appended. Called again with the same batch, as the outcome of the first call is
 * unknown, it appends it once.
 */
export const createAppender = (store: AccessLogStore): ((batch: UnstoredBatch) => Promise<BatchHead>) => {
  let last: BatchHead | undefined;
  let unconfirmed: AccessBatch | undefined;

  const isStored = async ({ number, hash }: BatchHead): Promise<boolean> => {
    for await (const stored of store.batches(number - 1)) return stored.number === number && stored.hash === hash;
    return false;
  };

  return async ({ text, lost }) => {
    if (unconfirmed?.text === text && (await isStored(unconfirmed))) return unconfirmed;
    last = unconfirmed ? undefined : last;
    for (;;) {
      last ??= (await store.last()) ?? NO_BATCH;
      const batch = batchAfter(last, text, lost);
      unconfirmed = batch;
      const appended = (await store.append(batch, indexOf(accessesIn(batch)))) || (await isStored(batch));
      unconfirmed = undefined;
      last = appended ? batch : undefined;
      if (appended) return batch;
    }
  };
};
