import fc from 'fast-check';
import { defaultPolicies, isZone } from '#relationship';
import { type Calendar, calendarIn, calendarOf } from './calendar.js';
import { dayName } from './days.js';

/** First and last instant of a day, and how many hours it has. */
const boundsOf = ({ startOfDay, endOfDay }: Calendar, day: string) => {
  const [from, to] = [startOfDay(day), endOfDay(day)];
  return [from, to, (Date.parse(to) + 1 - Date.parse(from)) / 3_600_000];
};

describe('the calendar of a company', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15', '2026-01-14T23:00:00.000Z', '2026-01-15T22:59:59.999Z', 24],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z', 23],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z', '2026-03-30T21:59:59.999Z', 24],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.999Z', 25],
    ['Asia/Kolkata', '2026-03-29', '2026-03-28T18:30:00.000Z', '2026-03-29T18:29:59.999Z', 24],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', '2026-04-05T13:29:59.999Z', 24.5],
    // Clocks went from 23:59:59 to 01:00:00.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', '2018-11-05T01:59:59.999Z', 23],
    ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00.000Z', '2018-02-18T02:59:59.999Z', 25],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', '2026-03-29T20:59:59.999Z', 23],
    // From 00:01 to 23:01 of the day before: the hour that is shown twice is of the day that had begun.
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00.000Z', '2010-11-08T03:29:59.999Z', 25],
    // Passed over, as the date line was moved.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', '2011-12-30T09:59:59.999Z', 0],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', '2011-12-30T09:59:59.999Z', 24],
    ['UTC', '2026-03-29', '2026-03-29T00:00:00.000Z', '2026-03-29T23:59:59.999Z', 24],
  ])('in %s knows when %s begins and ends', (zone, day, from, to, hours) => {
    expect(boundsOf(calendarIn(zone), day)).toEqual([from, to, hours]);
  });

  it('puts a late evening on the day and in the month of the zone', () => {
    const { dayOf, monthOf, startOfDay, endOfDay } = calendarIn('Europe/Berlin');
    expect(dayOf('2026-03-31T21:59:59.999Z')).toBe('2026-03-31');
    expect(dayOf('2026-03-31T22:00:00.000Z')).toBe('2026-04-01');
    expect(monthOf('2026-03-31T22:00:00.000Z')).toBe('2026-04');
    expect([startOfDay, endOfDay].map((of) => of('2026-03-31T22:00:00.000Z'))).toEqual([
      '2026-03-31T22:00:00.000Z',
      '2026-04-01T21:59:59.999Z',
    ]);
    expect([dayOf('2026-03-31'), monthOf('2026-03-31')]).toEqual(['2026-03-31', '2026-03']);
  });

  it('keeps the time of the clock some days later, when clocks were changed in between', () => {
    const { plusDays } = calendarIn('Europe/Berlin');
    const later = (at: string, days: number) => new Date(plusDays(Date.parse(at), days)).toISOString();
    expect(later('2026-01-14T23:00:00.000Z', 90)).toBe('2026-04-14T22:00:00.000Z');
    expect(later('2026-10-24T12:15:00.000Z', 1)).toBe('2026-10-25T13:15:00.000Z');
    expect(plusDays(Number.NEGATIVE_INFINITY, 90)).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each([
    ['Africa/Cairo', '2026-01-23T22:00:00.000Z', 90, '2026-04-23T22:00:00.000Z'],
    ['America/Santiago', '2026-06-08T04:00:00.000Z', 90, '2026-09-06T04:00:00.000Z'],
    ['Asia/Beirut', '2025-12-28T22:00:00.000Z', 90, '2026-03-28T22:00:00.000Z'],
    ['America/Sao_Paulo', '2017-07-17T03:00:00.000Z', 90, '2017-10-15T03:00:00.000Z'],
    // From the day without a midnight on: its beginning is that of the next.
    ['Africa/Cairo', '2026-04-23T22:00:00.000Z', 1, '2026-04-24T21:00:00.000Z'],
    // Half past two is passed over, and a quarter past three is not.
    ['Europe/Berlin', '2026-03-28T01:30:00.000Z', 1, '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-28T02:15:00.000Z', 1, '2026-03-29T01:15:00.000Z'],
    // Half past two for the first and for the second time.
    ['Europe/Berlin', '2026-10-24T00:30:00.000Z', 1, '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T00:30:00.000Z', 1, '2026-10-26T01:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T01:30:00.000Z', 1, '2026-10-26T02:00:00.000Z'],
  ])('in %s takes %s and %i days for %s', (zone, from, days, to) => {
    expect(new Date(calendarIn(zone).plusDays(Date.parse(from), days)).toISOString()).toBe(to);
  });

  it('keeps every instant within the years 0 to 9999', () => {
    for (const zone of ['Pacific/Auckland', 'America/Los_Angeles']) {
      const { dayOf, startOfDay, endOfDay } = calendarIn(zone);
      const ends = ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'];
      expect(ends.map(dayOf)).toEqual(['0000-01-01', '9999-12-31']);
      for (const day of ['0000-01-01', '9999-12-31']) expect([startOfDay(day), endOfDay(day)].every((at) => at.length === 24)).toBe(true);
    }
  });

  const instants = fc.integer({ min: Date.parse('1890-01-01T00:00:00.000Z'), max: Date.parse('2040-01-01T00:00:00.000Z') });
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC');

  it('puts every instant between the first and the last of its day, in all zones', () => {
    fc.assert(
      fc.property(zones, instants, (zone, millis) => {
        const { dayOf, dayNumber, dayNumberAt, startOfDay, endOfDay } = calendarIn(zone);
        const at = new Date(millis).toISOString();
        expect(startOfDay(at) <= at && at <= endOfDay(at)).toBe(true);
        expect(dayName(dayNumberAt(millis))).toBe(dayOf(at));
        expect(dayNumber(at)).toBe(dayNumberAt(millis));
        // An hour that is shown twice at midnight counts to the day that had begun.
        const shown = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' });
        expect([millis, millis - 3_600_000, millis + 3_600_000].map((each) => shown.format(each))).toContain(dayOf(at));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds the day some days later, and keeps the order of instants, in all zones', () => {
    const hour = 3_600_000;
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 30 * hour }), (zone, millis, n, more) => {
        const { dayNumberAt, startOf, plusDays } = calendarIn(zone);
        const day = dayNumberAt(millis);
        expect(plusDays(startOf(day), n)).toBe(startOf(day + n));
        expect(plusDays(millis, n)).toBeLessThanOrEqual(plusDays(millis + more, n));
        // A day that was passed over as a whole has no instant.
        if (startOf(day + n) < startOf(day + n + 1))
          expect([startOf(day), millis].map((at) => dayNumberAt(plusDays(at, n)))).toEqual([day + n, day + n]);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps the order of instants around each change of clocks, and every day', () => {
    const quarter = 900_000;
    for (const zone of ['Europe/Berlin', 'Africa/Cairo', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia']) {
      const { dayNumberAt, startOf, plusDays } = calendarIn(zone);
      const changes = Array.from({ length: 24 * 366 }, (_, n) => Date.parse('2011-01-01T00:00:00.000Z') + n * 3_600_000).filter(
        (at) => startOf(dayNumberAt(at) + 1) - startOf(dayNumberAt(at)) !== 86_400_000,
      );
      for (const at of changes)
        for (let before = at; before < at + 3_600_000; before += quarter)
          for (const n of [0, 1, 7]) {
            const source = before - n * 86_400_000;
            expect(plusDays(source, n)).toBeLessThanOrEqual(plusDays(source + quarter, n));
            expect(plusDays(before, n)).toBeLessThanOrEqual(plusDays(before + quarter, n));
          }
    }
  });

  it('of a zone that this runtime does not know is none', () => {
    expect(() => calendarIn('Mars/Olympus')).toThrow(
      `the time zone Mars/Olympus of the company is unknown to this Node.js, whose time zone database is ${process.versions.tz}`,
    );
  });

  it('is that of the last version of the policy, and known by what days follow from', () => {
    expect(calendarOf(defaultPolicies)).toMatchObject({ zone: 'UTC' });
    expect(calendarOf(defaultPolicies).tz).toBeUndefined();
    expect(calendarIn('Europe/Berlin').tz).toBe(process.versions.tz);
  });
});

describe('a time zone', () => {
  it('is one of IANA, no offset and no text of another kind', () => {
    expect(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Etc/GMT-2'].map(isZone)).toEqual([true, true, true, true]);
    expect(['+02:00', 'Berlin', 'Europe/Berlin ', '', 'GMT+2', 5, null].map(isZone)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
