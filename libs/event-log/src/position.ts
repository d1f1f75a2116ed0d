import type { Position } from './event-log.js';

/** The embedded adapters count positions 1, 2, 3, … without gaps; everyone else sees an opaque string. */
export function toPosition(count: number): Position {
  return `${count}`.padStart(20, '0') as Position;
}

export function toCount(position: Position): number {
  return Number(position);
}
