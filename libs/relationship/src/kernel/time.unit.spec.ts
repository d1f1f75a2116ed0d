import { describe, expect, it } from '@jest/globals';
import { addDays, dayAfter, dayOf, isBeyondTolerance, isInstant, toUtc } from './time.js';

describe('an instant', () => {
  it.each([
    ['2026-11-22T21:14:47.000Z', '2026-11-22T21:14:47.000Z'],
    ['2026-11-22T21:14:47Z', '2026-11-22T21:14:47.000Z'],
    ['2026-11-22T21:14Z', '2026-11-22T21:14:00.000Z'],
    ['2026-11-22T21:14:47.123456789+03:00', '2026-11-22T18:14:47.123Z'],
    ['2026-11-22T21:14:47,5-00:30', '2026-11-22T21:44:47.500Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1899-12-31T00:00:00Z', '1899-12-31T00:00:00.000Z'],
  ])('%s is %s', (given, utc) => {
    expect(isInstant(given)).toBe(true);
    expect(toUtc(given)).toBe(utc);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T10:60:00Z',
    '2026-01-01T10:00:60Z',
    '2026-01-01T10:00:00+24:00',
    '2026-01-01T10:00:00',
    '2026-01-01',
    '2026-01-01 10:00:00Z',
    '20260101T100000Z',
    'yesterday',
    '',
    ' 2026-01-01T10:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    '+012026-01-01T00:00:00Z',
    0,
    null,
    undefined,
    new Date(0),
  ])('is not %s', (given) => expect(isInstant(given)).toBe(false));
});

describe('days', () => {
  it('are those of UTC', () => expect(dayOf('2026-11-22T23:59:59.999Z')).toBe('2026-11-22'));
  it('follow one another over months and leap years', () => {
    expect(dayAfter('2024-02-28', 1)).toBe('2024-02-29');
    expect(dayAfter('2026-01-01', -1)).toBe('2025-12-31');
    expect(addDays('2026-03-28T12:00:00.000Z', 2)).toBe('2026-03-30T12:00:00.000Z');
  });
});

describe('clock tolerance', () => {
  it('is five minutes, and no millisecond more', () => {
    expect(isBeyondTolerance('2026-01-01T00:05:00.000Z', '2026-01-01T00:00:00.000Z')).toBe(false);
    expect(isBeyondTolerance('2026-01-01T00:05:00.001Z', '2026-01-01T00:00:00.000Z')).toBe(true);
  });
});
