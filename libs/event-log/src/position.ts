import type { Position } from './event-log.js';

/** The embedded adapters count positions 1, 2, 3, … without gaps; everyone else sees an opaque string. */
export function toPosition(count: number | bigint): Position {
  // A file that somebody edited may have positions below 1; they are told as they are.
  return (count < 0 ? `-${`${-count}`.padStart(19, '0')}` : `${count}`.padStart(20, '0')) as Position;
}

export function toCount(position: Position): number {
  return Number(position as string);
}

/** Events after one position, up to another, in a log that ends at `head`. */
export function countBetween(after: Position, upTo: Position, head: number): number {
  return Math.max(0, Math.min(toCount(upTo), head) - toCount(after));
}

/** As it stands in a file, where an edited one may be beyond what a number holds exactly; what SQLite cannot hold is no end. */
export function toExactCount(position: Position): bigint | number {
  const count = BigInt(position as string);
  return count >= -(2n ** 63n) && count < 2n ** 63n ? count : Number(count);
}
