import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeTime, isValid } from 'ulid';
import { createIds } from './new-id.js';

describe('ids', () => {
  it('are ULIDs of the time at which they are made', () => {
    // From 1 on: `ulid` takes a time of 0 for none given, and then reads the clock of the machine.
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 1 }), (now) => {
        const id = createIds(() => now)();
        expect(isValid(id)).toBe(true);
        expect(decodeTime(id)).toBe(now);
      }),
    );
  });

  it('rise in the order of their making, also within a millisecond and where the clock was set back', () => {
    const times = [5, 5, 5, 7, 3, 7, 8];
    const newId = createIds(() => times.shift() ?? 8);
    const ids = Array.from({ length: 5_000 }, newId);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 7).map((id) => decodeTime(id))).toEqual([5, 5, 5, 7, 7, 7, 8]);
  });

  it('of two makers differ within the same millisecond', () => {
    const [one, other] = [createIds(() => 1), createIds(() => 1)];
    expect(one().slice(0, -1)).not.toBe(other().slice(0, -1));
  });
});
