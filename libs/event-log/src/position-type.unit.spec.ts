import { describe, expect, it } from '@jest/globals';
import { isPosition, ORIGIN, type Position } from './position-type.js';

/** Each line below must not compile: `npm run check` fails where one does. */
const arithmetic = (position: Position, other: Position) => [
  // @ts-expect-error
  Number(position) - 1,
  // @ts-expect-error
  Math.min(Number(position), 20_000),
  // @ts-expect-error
  BigInt(other) - BigInt(position),
  // @ts-expect-error
  Number.parseInt(position, 10) + 1,
  // @ts-expect-error
  Math.max(Number.parseFloat(position), 0),
  // @ts-expect-error
  position - other,
  // @ts-expect-error
  position * 1,
  // @ts-expect-error
  { lag: Number(position) } satisfies { lag: number },
  // @ts-expect-error
  (position + 1) satisfies Position,
];

describe('a position', () => {
  it('compiles with no arithmetic; numbers of anything else do', () => {
    expect(arithmetic).toBeDefined();
    expect(Number('7') + Number(JSON.parse('7')) + Number(7n)).toBe(21);
    expect(['7', '8'].map(Number)).toEqual([7, 8]);
    expect(BigInt('7') + BigInt(7)).toBe(14n);
  });

  it('is 20 digits', () => {
    expect([ORIGIN, '1', `${ORIGIN}0`, `${ORIGIN}\n`, ORIGIN.replace('0', 'x')].map(isPosition)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
