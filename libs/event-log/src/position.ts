import type { Position } from './event-log.js';

/** The embedded adapters count positions 1, 2, 3, … without gaps; everyone else sees an opaque string. */
export function toPosition(count: number): Position {
  // A file that somebody edited may have positions below 1; they are told as they are.
  return (count < 0 ? `-${`${-count}`.padStart(19, '0')}` : `${count}`.padStart(20, '0')) as Position;
}

export function toCount(position: Position): number {
  return Number(position);
}
