import { InvalidParameter } from '#projections/reading.js';
import type { Access, AccessLogStore, BatchQuery } from './access-log-store.js';
import { accessesIn } from './batches.js';
import { openAccessLog } from './open-access-log.js';

/** One customer that was shown. */
export interface AccessEntry extends Omit<Access, 'customerIds'> {
  readonly customerId: string;
  /** That holds it. */
  readonly batch: number;
}

export interface AccessQuery extends Omit<BatchQuery, 'upTo'> {
  readonly limit: number;
  /** As the page before gave it in `next`. */
  readonly cursor?: string;
}

/** One entry: the number of its batch, and its number among the entries of that batch. */
type Place = readonly [batch: number, entry: number];

/** The last ones first. @throws InvalidParameter */
export const findAccesses = async (
  store: Pick<AccessLogStore, 'find'>,
  { limit, cursor, ...query }: AccessQuery,
): Promise<{ readonly entries: readonly AccessEntry[]; readonly next?: string }> => {
  const before = cursor === undefined ? undefined : placeOf(cursor);
  const entries: AccessEntry[] = [];
  let last: Place | undefined;
  for await (const batch of store.find({ ...query, ...(before && { upTo: before[0] }) })) {
    const all = accessesIn(batch).flatMap(({ customerIds, ...access }) =>
      customerIds.map((customerId): AccessEntry => ({ ...access, customerId, batch: batch.number })),
    );
    for (let at = all.length - 1; at >= 0; at--) {
      const entry = all[at]!;
      if (before && before[0] === batch.number && at >= before[1]) continue;
      if (!isAskedFor(entry, query)) continue;
      if (entries.length === limit) return { entries, next: last!.join('.') };
      entries.push(entry);
      last = [batch.number, at];
    }
  }
  return { entries };
};

export interface AccessReader {
  /** @throws InvalidParameter, AccessLogUnavailable */
  find(query: AccessQuery): ReturnType<typeof findAccesses>;
  close(): Promise<void>;
}

/** Opens the access log when it is first asked. */
export const createAccessReader = (url: string): AccessReader => {
  let store: AccessLogStore | undefined;
  return {
    async find(query) {
      store ??= openAccessLog(url, { readOnly: true });
      return findAccesses(store, query);
    },
    close: async () => store?.close(),
  };
};

const isAskedFor = ({ customerId, actorId, at }: AccessEntry, query: BatchQuery): boolean =>
  (query.customerId === undefined || query.customerId === customerId) &&
  (query.actorId === undefined || query.actorId === actorId) &&
  (query.from === undefined || query.from <= at) &&
  (query.to === undefined || query.to >= at);

const placeOf = (cursor: string): Place => {
  const [, batch, entry] = /^([1-9]\d{0,14})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (entry === undefined) throw new InvalidParameter('cursor', 'is not a cursor of this list; start again without cursor');
  return [Number(batch), Number(entry)];
};
