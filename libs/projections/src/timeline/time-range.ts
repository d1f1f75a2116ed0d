import { InvalidParameter } from '../reading.js';
import type { AssignmentInterval } from '../shared/assignments.js';
import type { EntriesQuery } from '../view-reader.js';
import { endOfTime, entryKey } from './entry.js';

export type Order = 'newest' | 'oldest';

/** The entry after which a page continues. */
export interface Place {
  readonly at: string;
  readonly revision: number;
}

export const encodePlace = ({ at, revision }: Place): string => Buffer.from(`${revision}@${at}`).toString('base64url');
export const decodePlace = (cursor: string): Place => {
  const [revision, at] = Buffer.from(cursor, 'base64url').toString().split('@');
  if (!revision || !at || !/^\d+$/.test(revision) || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(at))
    throw new InvalidParameter('cursor', 'is not a cursor of the timeline');
  return { at, revision: Number(revision) };
};

/** A range of time, both ends inclusive unless said otherwise. */
export interface TimeRange {
  readonly from?: string;
  readonly to?: string;
  readonly before?: string;
}

/** The times at which a curator answered, in the order of the timeline, within a period; one range, the period, where no curator is asked for. */
export const rangesOf = (period: TimeRange, order: Order, intervals: readonly AssignmentInterval[] | undefined): readonly TimeRange[] => {
  if (!intervals) return [period];
  const ranges = intervals
    .map(({ from, to }) => ({ ...period, from: period.from && period.from > from ? period.from : from, before: to }))
    .filter(({ from, before }) => from < before && (period.to === undefined || from <= period.to));
  return order === 'oldest' ? ranges : ranges.reverse();
};

/** The part of a range that follows a place, by the keys alone: they are in the order of the timeline. */
export const queryOf = (
  customerId: string,
  { from = '', to, before }: TimeRange,
  order: Order,
  after: Place | undefined,
): Pick<EntriesQuery, 'keys' | 'order'> => {
  const place = after && entryKey(customerId, after.at, after.revision);
  const start = keyAt(customerId, from);
  const ends = [endOfTime(customerId)];
  if (to !== undefined) ends.push(`${keyAt(customerId, to)}}`);
  if (before !== undefined) ends.push(keyAt(customerId, before));
  if (order === 'newest') {
    if (place !== undefined) ends.push(place);
    return { keys: { gte: start, lt: ends.sort()[0]! }, order: 'desc' };
  }
  const since = place !== undefined && place > start ? { gt: place } : { gte: start };
  return { keys: { ...since, lt: ends.sort()[0]! }, order: 'asc' };
};

/** Before the entries of that instant; with a `}`, the character after the bar, behind them. */
const keyAt = (customerId: string, at: string): string => `${customerId}|${at}`;
