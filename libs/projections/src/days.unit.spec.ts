import fc from 'fast-check';
import { dayName, dayNumber, monthsBetween, plusDays } from './days.js';

describe('days', () => {
  it('are counted as the calendar counts them, from year 0 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (number) => {
        const name = new Date(number * 86_400_000).toISOString().slice(0, 10);
        expect(dayName(number)).toBe(name);
        expect(dayNumber(name)).toBe(number);
        expect(dayNumber(`${name}T23:59:59.999Z`)).toBe(number);
      }),
      { numRuns: 2000 },
    );
  });

  it('can be added in parts, and months be counted', () => {
    expect(plusDays('2026-01-01T00:00:00.000Z', 365.25 / 4)).toBe('2026-04-02T07:30:00.000Z');
    expect(monthsBetween('1997-11', '1998-02')).toBe(3);
  });
});
