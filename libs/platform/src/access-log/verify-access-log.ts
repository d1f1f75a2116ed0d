import type { EventLog } from '#event-log';
import { accessLog, accessLogAnchored } from '#relationship/access-log/access-log.js';
import { streamOf } from '#relationship/kernel/aggregate.js';
import type { AccessLogStore, BatchHead } from './access-log-store.js';
import { accessesIn, hashOfBatch, indexOf, NO_BATCH } from './batches.js';

export const accessFaults = {
  changed: 'its content does not have the stored hash',
  moved: 'it does not follow the batch before it',
  missing: 'it is missing',
  unindexed: 'queries by customer or actor do not find it',
  contradicted: 'the event log has another hash for it',
} as const;

export interface AccessFault {
  readonly batch: number;
  readonly code: keyof typeof accessFaults;
}

export interface AccessLogVerified {
  readonly batches: number;
  readonly entries: number;
  /** Entries that were not recorded, as the batches say. */
  readonly lost: number;
  /** Hashes in the event log that were compared. */
  readonly anchors: number;
  readonly faults: readonly AccessFault[];
}

/** Hashes of the access log by the event log, by the number of the batch. */
const anchorsIn = async (log: Pick<EventLog, 'readStream'>): Promise<ReadonlyMap<number, string>> => {
  const anchors = new Map<number, string>();
  for await (const events of log.readStream(streamOf(accessLog, 'main')))
    for (const { type, data, notUnderstood } of events) {
      if (type !== accessLogAnchored.type || notUnderstood !== undefined) continue;
      const { batch, hash } = data as { readonly batch: number; readonly hash: string };
      anchors.set(batch, hash);
    }
  return anchors;
};

/** Every batch against its hash, the one before it and the event log, which knows the last batch of each minute in which there was one. */
export const verifyAccessLog = async (
  store: Pick<AccessLogStore, 'batches' | 'isIndexed'>,
  log: Pick<EventLog, 'readStream'>,
  signal?: AbortSignal,
): Promise<AccessLogVerified> => {
  const anchors = await anchorsIn(log);
  const faults: AccessFault[] = [];
  let [batches, entries, lost, compared] = [0, 0, 0, 0];
  let before: BatchHead = NO_BATCH;
  for await (const batch of store.batches(0)) {
    const { number, hash, previousHash } = batch;
    const fault = (code: AccessFault['code'], of = number) => faults.push({ batch: of, code });
    for (let gap = before.number + 1; gap < number; gap++) fault('missing', gap);
    if (hash !== hashOfBatch(batch)) fault('changed');
    else {
      const accesses = accessesIn(batch);
      if (!(await store.isIndexed(number, indexOf(accesses)))) fault('unindexed');
      for (const { customerIds } of accesses) entries += customerIds.length;
    }
    if (number === before.number + 1 && previousHash !== before.hash) fault('moved');
    const anchor = anchors.get(number);
    if (anchor !== undefined && anchor !== hash) fault('contradicted');
    if (anchor !== undefined) compared += 1;
    batches += 1;
    lost += batch.lost;
    before = batch;
    if (signal?.aborted) break;
  }
  if (!signal?.aborted) for (const number of anchors.keys()) if (number > before.number) faults.push({ batch: number, code: 'missing' });
  return { batches, entries, lost, anchors: compared, faults };
};
