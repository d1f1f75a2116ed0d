import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createKnownRows, merged } from './known-rows.js';

const range = (index: number, from: number, to = from) => ({ index, from, to });

describe('remembered rows', () => {
  it('that are neighbours are one range, whatever the order in which they came', () => {
    expect(merged([range(2, 7), range(2, 3), range(1, 4), range(2, 2), range(2, 4, 6), range(2, 9)])).toEqual([
      range(1, 4),
      range(2, 2, 7),
      range(2, 9),
    ]);
  });

  it('are known by index and row, and no others are', () => {
    const rows = fc.record({ index: fc.integer({ min: 1, max: 3 }), from: fc.integer({ min: 1, max: 60 }), length: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(fc.array(rows, { maxLength: 8 }), { maxLength: 6 }), (groups) => {
        const known = createKnownRows();
        const expected = new Set<string>();
        for (const group of groups) {
          known.add(group.map(({ index, from, length }) => range(index, from, from + length)));
          for (const { index, from, length } of group) for (let row = from; row <= from + length; row++) expected.add(`${index}:${row}`);
        }
        for (const index of [1, 2, 3, 4])
          for (let row = 0; row <= 70; row++) expect(known.has(index, row)).toBe(expected.has(`${index}:${row}`));
        for (let row = 0; row <= 70; row++) expect(known.hasAny(row)).toBe([1, 2, 3].some((index) => known.has(index, row)));
      }),
    );
  });
});
