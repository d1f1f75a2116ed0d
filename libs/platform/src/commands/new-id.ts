import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

/** Random bytes are drawn many at once: asking the system for each of the 16 characters of an id costs more than a decision. */
const pooledRandom = (): (() => number) => {
  const pool = new Uint8Array(8_192);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return (pool[next++] as number) / 256;
  };
};

/** Makes ULIDs that rise in the order of their making, also within a millisecond. */
export const createIds = (clock: () => number = Date.now): (() => string) => {
  const ulid = monotonicFactory(pooledRandom());
  return () => ulid(clock());
};
