import { type Position, PositionUnknown } from './event-log.js';

/** The embedded adapters count positions 1, 2, 3, … without gaps; everyone else sees an opaque string. */
export function toPosition(count: number | bigint): Position {
  // A file that somebody edited may have positions below 1; they are told as they are.
  return (count < 0 ? `-${`${-count}`.padStart(19, '0')}` : `${count}`.padStart(20, '0')) as Position;
}

/** @throws PositionUnknown for that of a log on a server */
export function toCount(position: Position): number {
  const count = Number(position as string);
  if (Number.isNaN(count)) throw new PositionUnknown(position, 'it is of another event log; positions of this one are 20 digits');
  return count;
}

/** Undefined for that of a log on a server. */
export const countOf = (position: Position): number | undefined =>
  Number.isNaN(Number(position as string)) ? undefined : toCount(position);

/** Events after one position, up to another, in a log that ends at `head`. */
export function countBetween(after: Position, upTo: Position, head: number): number {
  return Math.max(0, Math.min(toCount(upTo), head) - toCount(after));
}

/** As it stands in a file, where an edited one may be beyond what a number holds exactly; what SQLite cannot hold is no end. */
export function toExactCount(position: Position): bigint | number {
  toCount(position);
  const count = BigInt(position as string);
  return count >= -(2n ** 63n) && count < 2n ** 63n ? count : Number(count);
}
