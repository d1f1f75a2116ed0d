import { describe, expect, it } from '@jest/globals';
import type { Names } from './names.js';
import { showDeals, showDesk } from './show-company.js';
import { showCard, showCustomers, showLadderOf, showTimeline } from './show-customer.js';
import { clockOf, minute } from './table-of.js';

const names: Names = { customer: () => '', curator: () => '', isCurator: () => false, meet: async () => {} };
/** A night in Berlin, where it is the day after. */
const night = '2026-03-31T22:30:00.000Z';
const inBerlin = (answer: object) => ({ zone: 'Europe/Berlin', ...answer });
const cells = (shown: readonly { readonly rows: readonly (readonly unknown[])[] }[]) => shown.flatMap(({ rows }) => rows).flat();

describe('an instant in an answer', () => {
  it('is shown by the clock of its zone, by that of UTC where it names none', () => {
    expect([{ zone: 'Europe/Berlin' }, {}].map((answer) => clockOf(answer).day(night))).toEqual(['2026-04-01', '2026-03-31']);
    expect([{ zone: 'Europe/Berlin' }, {}].map((answer) => clockOf(answer).minute(night))).toEqual([
      '2026-04-01 00:30',
      '2026-03-31 22:30',
    ]);
    expect(minute(night)).toBe('2026-03-31 22:30');
  });

  it('is itself in a zone that is unknown here, and nothing where there is none; a day stays a day', () => {
    expect(clockOf({ zone: 'Mars/Olympus' }).minute(night)).toBe(night);
    const { day, minute: minuteThere } = clockOf({ zone: 'America/New_York' });
    expect([null, undefined].flatMap((none) => [day(none), minuteThere(none)])).toEqual(['', '', '', '']);
    expect(day('2026-03-31')).toBe('2026-03-31');
  });

  it('is on the same day in every view of a person', () => {
    expect(cells(showCard(inBerlin({ registration: { at: night }, openPromises: [{ dueAt: night }] }), names))).toEqual(
      expect.arrayContaining(['2026-04-01', '2026-04-01 00:30']),
    );
    expect(cells(showTimeline(inBerlin({ entries: [{ at: night }] }), names))).toContain('2026-04-01 00:30');
    expect(cells(showLadderOf(inBerlin({ since: night })))).toContain('2026-04-01 00:30');
    expect(cells(showCustomers(inBerlin({ customers: [{ registeredAt: night }] }), names))).toContain('2026-04-01');
    expect(cells(showDeals(inBerlin({ deals: [{ openedAt: night, wonAmount: null }] }), names))).toContain('2026-04-01');
    expect(
      cells(showDesk(inBerlin({ date: '2026-04-01', plan: [{ dueAt: night }], portfolio: { customers: [{ from: night }] } }), names)),
    ).toEqual(expect.arrayContaining(['2026-04-01 00:30', '2026-04-01']));
  });
});
