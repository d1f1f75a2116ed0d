import { hash } from 'node:crypto';
import type { Role } from '#relationship';
import type { Access, AccessBatch, BatchHead, BatchIndex } from './access-log-store.js';

export const NO_BATCH: BatchHead = { number: 0, hash: '0'.repeat(64) };

type Row = readonly [
  at: string,
  role: Role,
  actorId: string,
  keyId: string,
  operation: string,
  reason: string | null,
  customerIds: readonly string[],
];

/** A JSON list with a list for each access: instant, role, actor, key, operation, reason or null, customers. */
export const textOfAccesses = (accesses: readonly Access[]): string =>
  JSON.stringify(
    accesses.map(
      ({ at, role, actorId, keyId, operation, reason, customerIds }): Row => [
        at,
        role,
        actorId,
        keyId,
        operation,
        reason ?? null,
        customerIds,
      ],
    ),
  );

export const accessesIn = ({ text }: Pick<AccessBatch, 'text'>): readonly Access[] =>
  (JSON.parse(text) as readonly Row[]).map(([at, role, actorId, keyId, operation, reason, customerIds]) => ({
    ...{ at, role, actorId, keyId, operation, customerIds },
    ...(reason !== null && { reason }),
  }));

/** Over the number, the hash of the batch before, the number of lost entries and the text, each on a line of its own, in UTF-8. */
export const hashOfBatch = ({ number, previousHash, lost, text }: Omit<AccessBatch, 'hash'>): string =>
  hash('sha256', `${number}\n${previousHash}\n${lost}\n${text}`, 'hex');

export const batchAfter = (last: BatchHead, accesses: string, lost: number): AccessBatch => {
  const batch = { number: last.number + 1, previousHash: last.hash, lost, text: accesses };
  return { ...batch, hash: hashOfBatch(batch) };
};

export const indexOf = (accesses: readonly Access[]): BatchIndex => {
  const instants = accesses.map(({ at }) => at).sort();
  return {
    firstAt: instants[0] ?? '',
    lastAt: instants.at(-1) ?? '',
    customerIds: [...new Set(accesses.flatMap(({ customerIds }) => customerIds))].sort(),
    actorIds: [...new Set(accesses.map(({ actorId }) => actorId))].sort(),
  };
};
