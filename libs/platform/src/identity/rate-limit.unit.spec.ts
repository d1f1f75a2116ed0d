import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRateLimit } from './rate-limit.js';

describe('the rate limit', () => {
  it('lets a burst of one second through and then tells how long to wait', () => {
    const limit = createRateLimit(10);
    expect(Array.from({ length: 11 }, () => limit.take('a', 0))).toEqual([...Array(10).fill(0), 100]);
    expect([limit.take('a', 50), limit.take('a', 100), limit.take('b', 0)]).toEqual([50, 0, 0]);
  });

  it('tells how long to wait without counting it', () => {
    const limit = createRateLimit(1);
    expect([limit.wait('a', 0), limit.wait('a', 0), limit.take('a', 0), limit.wait('a', 0), limit.wait('a', 1_000)]).toEqual([
      0, 0, 0, 1_000, 0,
    ]);
  });

  it('never lets more through than the rate allows, however the clock goes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 300 }), (steps) => {
        const limit = createRateLimit(20);
        let [now, latest, passed] = [1_000, 1_000, 0];
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          if (limit.take('a', now) === 0) passed++;
        }
        const forwards = steps.reduce((sum, step) => sum + Math.max(0, step), 0);
        expect(passed).toBeLessThanOrEqual(20 + (forwards * 20) / 1000 + 1e-6);
      }),
    );
  });
});
