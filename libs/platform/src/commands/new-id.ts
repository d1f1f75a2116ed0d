import { randomFillSync } from 'node:crypto';

/** Crockford's base 32. */
const DIGITS = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
const TIME_DIGITS = 10;
const ALL_DIGITS = 26;
const LAST = 31;

/** Random bytes are drawn many at once: asking the system for each of the 16 digits of an id costs more than a decision. */
const pooledRandom = (): (() => number) => {
  const pool = new Uint8Array(8_192);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return pool[next++] as number;
  };
};

/**
 * Makes ULIDs (github.com/ulid/spec) that rise in the order of their making, also within a millisecond and where the clock was set back.
 * The digits are kept and counted up in place, which costs a quarter of making each id from texts.
 */
export const createIds = (clock: () => number = Date.now): (() => string) => {
  const random = pooledRandom();
  const digits = new Uint8Array(ALL_DIGITS);
  const text = Buffer.alloc(ALL_DIGITS);
  let millisecond = -1;
  const put = (at: number, digit: number) => {
    digits[at] = digit;
    text[at] = DIGITS[digit] as number;
  };
  const begin = (now: number) => {
    millisecond = now;
    let rest = now;
    for (let at = TIME_DIGITS - 1; at >= 0; at--) {
      put(at, rest % DIGITS.length);
      rest = Math.floor(rest / DIGITS.length);
    }
    for (let at = TIME_DIGITS; at < ALL_DIGITS; at++) put(at, random() % DIGITS.length);
  };
  const countUp = () => {
    let at = ALL_DIGITS - 1;
    for (; digits[at] === LAST; at--) put(at, 0);
    put(at, (digits[at] as number) + 1);
  };
  return () => {
    const now = clock();
    if (now > millisecond) begin(now);
    else countUp();
    return text.toString('latin1');
  };
};
