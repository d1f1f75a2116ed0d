import type { ReadStreamOptions } from './event-log.js';

/** `from` is the end that is answered first: the higher one when reading backwards. Both ends are inclusive. */
export function revisionRange({ from, to, direction = 'forwards' }: ReadStreamOptions) {
  const backwards = direction === 'backwards';
  const low = Math.max(0, (backwards ? to : from) ?? 0);
  const high = Math.min((backwards ? from : to) ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1);
  return { low, high, backwards };
}
